"""The families: a file each, a declaration a function; ``docs/indicators.md`` says how to add one."""
