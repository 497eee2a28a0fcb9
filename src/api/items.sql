-- Items: matching and merging without tables (src/api/items.cpp)

CREATE FUNCTION cart_item_key(item jsonb, match_on text[] DEFAULT NULL) RETURNS uuid
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'cart_item_key';
REVOKE ALL ON FUNCTION cart_item_key(jsonb, text[]) FROM PUBLIC;
COMMENT ON FUNCTION cart_item_key(jsonb, text[]) IS
    'the key of the line an item belongs to: 128 bits of SHA-256 over its canonical identity';

CREATE FUNCTION cart_items_match(a jsonb, b jsonb, match_on text[] DEFAULT NULL) RETURNS boolean
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'cart_items_match';
REVOKE ALL ON FUNCTION cart_items_match(jsonb, jsonb, text[]) FROM PUBLIC;
COMMENT ON FUNCTION cart_items_match(jsonb, jsonb, text[]) IS
    'whether two items are the same line: true exactly when their keys are equal';

CREATE FUNCTION cart_items_merge(existing jsonb, incoming jsonb, strategy text DEFAULT NULL,
                                 match_on text[] DEFAULT NULL) RETURNS jsonb
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'cart_items_merge';
REVOKE ALL ON FUNCTION cart_items_merge(jsonb, jsonb, text, text[]) FROM PUBLIC;
COMMENT ON FUNCTION cart_items_merge(jsonb, jsonb, text, text[]) IS
    'merges two arrays of items, matching ones joined by the strategy (sum, max, incoming, existing)';
