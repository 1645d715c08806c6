"""Declarations and reports to an authority (宣言・報告): made from our records, signed, frozen."""
