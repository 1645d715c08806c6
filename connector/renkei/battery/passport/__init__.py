"""The battery passport: the law's data points, who may see which of them for what, and views as of a date."""
