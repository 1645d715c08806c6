"""The Dataspace Protocol 2025-1 as pure values: who may move what where, and what the messages say."""
