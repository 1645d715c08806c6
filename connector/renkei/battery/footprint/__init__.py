"""The carbon footprint: records, inventories, rules, roll-up, the functional unit."""
