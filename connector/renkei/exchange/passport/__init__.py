"""Battery passports (電池パスポート): kept, filled, shown by role, purpose and day; to partners under contract too."""
