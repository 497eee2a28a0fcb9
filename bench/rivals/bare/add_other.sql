-- The limit: one upsert of the line by the client that knows the cart's id. No version, no look at the cart.
\set n random(1, :carts)
\set line random(1, 8)
\set quantity random(1, 3)
\set note random(1, 1000000000)
INSERT INTO rival.items AS i (cart_id, item_key, product_id, quantity, unit_price, item)
VALUES (@cart@, @key@, 'p' || :line, :quantity, 9.90, @stored@ || jsonb_build_object('note', :note::bigint))
ON CONFLICT (tenant_id, cart_id, item_key) DO UPDATE SET quantity = i.quantity + excluded.quantity, unit_price = excluded.unit_price,
    item = excluded.item, updated_at = excluded.updated_at;
