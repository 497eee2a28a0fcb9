-- The limit: whether both are the same value.
SELECT count(*) FROM bench.pairs WHERE a = b;
