SELECT count(*) FROM bench.pairs WHERE cart_items_match(a, b);
