"""The register of parts (部品構成情報) and of what partners call them (品番対応・取引関係情報)."""
