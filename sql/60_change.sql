-- Changing the active cart: update, remove, clear, set, apply.
\set VERBOSITY default
\set SHOW_CONTEXT never
CREATE FUNCTION key(item jsonb) RETURNS uuid LANGUAGE sql AS 'SELECT cart_item_key(item)';
-- What an answer says of its changes, and what the cart then holds.
CREATE FUNCTION shown(answer jsonb) RETURNS TABLE (version text, replayed text, change text, line text) LANGUAGE sql AS $$
    SELECT answer ->> 'version', answer ->> 'replayed', c.text, i.text
    FROM (SELECT row_number() OVER () AS n, concat_ws(' ', e ->> 'product_id', e ->> 'action', coalesce(e ->> 'quantity_before', '-'),
              coalesce(e ->> 'quantity_incoming', '-'), e ->> 'quantity_after', e ->> 'price_before', e ->> 'price_after') AS text
          FROM jsonb_array_elements(answer -> 'changes') e) c
    FULL JOIN (SELECT row_number() OVER () AS n, (e - '{item_key,added_at,updated_at,totals}'::text[])::text AS text
          FROM jsonb_array_elements(answer -> 'items') e) i USING (n) $$;

SET cart_ext.user_id = 'u';
SELECT * FROM shown(cart_add_items('[{"product_id": "mug", "unit_price": 9.90, "title": "Mug", "options": {"color": "red"}}, {"product_id": "cup", "quantity": 2}]'));

-- Quantity; 0 removes; the same again changes nothing.
SELECT * FROM shown(cart_update(key('{"product_id": "cup"}'), 5));
SELECT * FROM shown(cart_update(key('{"product_id": "cup"}'), 5.0));
SELECT * FROM shown(cart_update(key('{"product_id": "cup"}'), 0));
-- Members are laid over the item; null removes one.
SELECT * FROM shown(cart_update(key('{"product_id": "mug", "options": {"color": "red"}}'), changes => '{"title": null, "note": "gift", "unit_price": 8.5, "quantity": 3, "item_key": "x"}'));
SELECT * FROM shown(cart_update(key('{"product_id": "mug", "options": {"color": "red"}}'), changes => '{"unit_price": null, "quantity": null}'));
-- A changed identity: the line goes on under its new key, or joins the line that it matches.
SELECT * FROM shown(cart_add('{"product_id": "mug", "options": {"color": "blue"}, "quantity": 1, "unit_price": 7, "title": "Blue"}'));
SELECT * FROM shown(cart_update(key('{"product_id": "mug", "options": {"color": "red"}}'), changes => '{"options": {"color": "green"}}'));
SELECT * FROM shown(cart_update(key('{"product_id": "mug", "options": {"color": "green"}}'), 2, '{"options": {"color": " blue"}, "title": "Moved"}'));
SET cart_ext.return_cart = off;
SELECT cart_update(key('{"product_id": "mug", "options": {"color": "blue"}}'), 4) - 'cart_id' - 'etag';
SELECT cart_update(key('{"product_id": "mug", "options": {"color": "blue"}}'), changes => '{"options": {}}') - 'cart_id' - 'etag';
SELECT cart_remove(key('{"product_id": "mug"}')) - 'cart_id' - 'etag';
SELECT cart_remove(key('{"product_id": "mug"}')) - 'cart_id' - 'etag';
SELECT cart_apply('[{"op": "add", "item": {"product_id": "mug"}}]') - 'cart_id' - 'etag';
RESET cart_ext.return_cart;

-- What is refused changes nothing.
SELECT cart_update('00000000-0000-0000-0000-000000000000', 1);
SELECT cart_update('00000000-0000-0000-0000-000000000000', 1, user_id => 'nobody');
SELECT cart_update(NULL, 1);
SELECT cart_update(key('{"product_id": "mug"}'), -1);
SELECT cart_update(key('{"product_id": "mug"}'), 'NaN');
SELECT cart_update(key('{"product_id": "mug"}'), 1000001);
SELECT cart_update(key('{"product_id": "mug"}'), changes => '[]');
SELECT cart_update(key('{"product_id": "mug"}'), changes => '{"product_id": null}');
SELECT cart_update(key('{"product_id": "mug"}'), changes => '{"quantity": 0}');
SELECT cart_update(key('{"product_id": "mug"}'), changes => jsonb_build_object('note', repeat('x', 17000)));
\set VERBOSITY sqlstate
SELECT cart_update(key('{"product_id": "mug"}'), 2, if_match => '0');
\set VERBOSITY default
SELECT * FROM shown(cart_clear(if_match => cart_get() ->> 'etag'));
SELECT * FROM shown(cart_clear());
-- Without a cart there is nothing to remove.
SELECT cart_remove(key('{"product_id": "mug"}'), user_id => 'nobody'), cart_clear(user_id => 'nobody'), cart_apply('[{"op": "clear"}]', user_id => 'nobody');
SELECT count(*) FROM cart.carts WHERE user_id = 'nobody';

-- Currency, label, metadata. The cart is made where there is none, unless nothing is set.
SELECT cart_set('{}', user_id => 's'), cart_set('{"label": null}', user_id => 's') -> 'version';
SELECT c -> 'version' AS version, c -> 'currency' AS currency, c -> 'label' AS label, c -> 'metadata' AS metadata, c -> 'changes' AS changes
FROM cart_set('{"currency": "EUR", "label": "table 5", "metadata": {"a": 1, "b": {"c": null}}}', user_id => 's') c;
SELECT c -> 'version' AS version, c -> 'currency' AS currency, c -> 'label' AS label, c -> 'metadata' AS metadata
FROM cart_set('{"currency": "USD", "label": null, "metadata": {"a": null, "d": [2]}}', user_id => 's') c;
SELECT cart_set('{"currency": "USD", "metadata": {"d": [2.0]}}', user_id => 's') -> 'version';
SELECT cart_add('{"product_id": "mug"}', user_id => 's') -> 'version';
SELECT cart_set('{"currency": "EUR"}', user_id => 's');
SELECT cart_set('{"currency": null}', user_id => 's');
SELECT cart_set('{"metadata": null}', user_id => 's') -> 'metadata';
SELECT cart_set('{"currency": "eur"}', user_id => 's');
SELECT cart_set('{"label": 5}', user_id => 's');
SELECT cart_set('{"status": "ordered"}', user_id => 's');
SELECT cart_set('{"metadata": [1]}', user_id => 's');
SELECT cart_set(jsonb_build_object('metadata', jsonb_build_object('x', repeat('x', 17000))), user_id => 's');
SELECT cart_set('[]', user_id => 's');
SELECT cart_set(NULL, user_id => 's');

-- Several operations: all or none, one version, one entry for each line.
SELECT * FROM shown(cart_apply('[{"op": "add", "item": {"product_id": "a", "quantity": 2}}, {"op": "add", "item": {"product_id": "b"}, "quantity": 3},
    {"op": "add", "item": {"product_id": "a"}}, {"op": "set", "changes": {"label": "x"}}]', user_id => 'ap'));
SELECT * FROM shown(cart_apply(jsonb_build_array(
    jsonb_build_object('op', 'update', 'item_key', key('{"product_id": "a"}'), 'quantity', 7),
    jsonb_build_object('op', 'remove', 'item_key', key('{"product_id": "b"}')),
    jsonb_build_object('op', 'add', 'item', '{"product_id": "b", "quantity": 9}'::jsonb),
    jsonb_build_object('op', 'add', 'item', '{"product_id": "c"}'::jsonb),
    jsonb_build_object('op', 'remove', 'item_key', key('{"product_id": "c"}'))), user_id => 'ap'));
SELECT * FROM shown(cart_apply('[{"op": "clear"}, {"op": "add", "item": {"product_id": "a"}}]', user_id => 'ap', idempotency_key => 'k'));
SELECT * FROM shown(cart_apply('[{"op": "clear"}, {"op": "add", "item": {"product_id": "a"}}]', user_id => 'ap', idempotency_key => 'k'));
SELECT cart_apply('[]', user_id => 'ap', idempotency_key => 'k');
SELECT cart_apply('[]', user_id => 'ap') -> 'version';
SELECT cart_apply('[{"op": "add", "item": {"product_id": "z"}}, {"op": "add", "item": {"product_id": ""}}]', user_id => 'ap');
SELECT cart_apply('[{"op": "add", "item": {"product_id": "z"}}, {"op": "update", "item_key": "00000000-0000-0000-0000-000000000000", "quantity": 1}]', user_id => 'ap');
SELECT cart_apply('[{"op": "add", "item": {"product_id": "z"}}, {"op": "add", "item": {"product_id": "z"}, "quantity": 1e7}]', user_id => 'ap');
SELECT cart_apply('[{"op": "clear"}, {"op": "fly"}]', user_id => 'ap');
SELECT cart_apply('[{"op": "add", "item": {"product_id": "z"}, "qty": 3}]', user_id => 'ap');
SELECT cart_apply('[{"op": "remove"}]', user_id => 'ap');
SELECT cart_apply('[{"op": "remove", "item_key": "no"}]', user_id => 'ap');
SELECT cart_apply('[{"op": "update", "item_key": "00000000-0000-0000-0000-000000000000", "quantity": "1"}]', user_id => 'ap');
SELECT cart_apply('[{"op": "add"}]', user_id => 'ap');
SELECT cart_apply('[7]', user_id => 'ap');
SELECT cart_apply('{}', user_id => 'ap');
SELECT cart_apply(NULL, user_id => 'ap');
SELECT cart_apply((SELECT jsonb_agg('{"op": "clear"}'::jsonb) FROM generate_series(1, 1001)), user_id => 'ap');
SELECT * FROM shown(cart_get(user_id => 'ap'));

-- Listing and touching.
SELECT l ->> 'status' AS status, l ->> 'user_id' AS "user" FROM cart_list(user_id => 'ap') l;
INSERT INTO cart.carts (user_id, status, created_at) VALUES ('ap', 'held', now() - interval '1 day'), ('ap', 'ordered', now() - interval '2 days');
SELECT l ->> 'status' AS status, jsonb_array_length(l -> 'items') AS lines FROM cart_list(user_id => 'ap') l;
SELECT l ->> 'status' AS status FROM cart_list('{ordered,active}', user_id => 'ap') l;
SELECT cart_list('{}', user_id => 'ap');
SELECT cart_list('{open}', user_id => 'ap');
SELECT cart_list('{NULL}', user_id => 'ap');
BEGIN;
SET LOCAL cart_ext.clock = '2030-01-01 00:00+00';
SELECT t -> 'version' AS version, (t ->> 'last_accessed_at')::timestamptz = '2030-01-01 00:00+00' AS touched, t -> 'changes' AS changes FROM cart_touch(user_id => 'ap') t;
SET LOCAL cart_ext.clock = '2030-01-01 23:59+00';
SELECT (cart_touch(user_id => 'ap') ->> 'last_accessed_at')::timestamptz = '2030-01-01 00:00+00' AS still;
SET LOCAL cart_ext.touch_interval = '1h';
SELECT (cart_touch(user_id => 'ap') ->> 'last_accessed_at')::timestamptz = '2030-01-01 23:59+00' AS touched;
SELECT cart_touch(user_id => 'nobody');
ROLLBACK;
DROP FUNCTION key, shown;
SET cart_ext.loading = on;
DELETE FROM cart.carts;
RESET cart_ext.loading;
DELETE FROM cart.requests;
