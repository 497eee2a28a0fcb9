-- The rival in PL/pgSQL: set-based, and only as many statements as the work takes.

CREATE FUNCTION rival.cart_add(_user text, _key uuid, _product text, _quantity numeric, _price numeric, _item jsonb, _new_cart uuid = NULL,
    OUT cart_id uuid, OUT version bigint, OUT quantity numeric) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE rival.carts c SET version = c.version + 1, updated_at = now(), last_accessed_at = now()
    WHERE c.tenant_id = '' AND c.user_id = _user AND c.till_id = '' AND c.status = 'active' RETURNING c.cart_id, c.version INTO cart_id, version;
    IF NOT FOUND THEN
        INSERT INTO rival.carts AS c (cart_id, user_id) VALUES (coalesce(_new_cart, gen_random_uuid()), _user)
        ON CONFLICT (tenant_id, user_id, till_id) WHERE status = 'active' AND user_id IS NOT NULL
            DO UPDATE SET version = c.version + 1, updated_at = now(), last_accessed_at = now()
        RETURNING c.cart_id, c.version INTO cart_id, version;
    END IF;
    INSERT INTO rival.items AS i (cart_id, item_key, product_id, quantity, unit_price, item) VALUES (cart_id, _key, _product, _quantity, _price, _item)
    ON CONFLICT ON CONSTRAINT items_pkey DO UPDATE SET quantity = i.quantity + excluded.quantity, unit_price = excluded.unit_price,
        item = excluded.item, updated_at = excluded.updated_at
    RETURNING i.quantity INTO quantity;
END $$;

-- A second call with a key waits for the first, and answers what that did.
CREATE FUNCTION rival.cart_add_once(_call text, _user text, _key uuid, _product text, _quantity numeric, _price numeric, _item jsonb,
    OUT cart_id uuid, OUT version bigint, OUT quantity numeric) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO rival.requests (user_id, key) VALUES (_user, _call) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        SELECT r.cart_id, r.version INTO cart_id, version FROM rival.requests r WHERE r.user_id = _user AND r.key = _call;
        RETURN;
    END IF;
    SELECT * INTO cart_id, version, quantity FROM rival.cart_add(_user, _key, _product, _quantity, _price, _item);
    UPDATE rival.requests r SET cart_id = cart_add_once.cart_id, version = cart_add_once.version WHERE r.user_id = _user AND r.key = _call;
END $$;

CREATE FUNCTION rival.cart_add_answer(_user text, _key uuid, _product text, _quantity numeric, _price numeric, _item jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    id uuid;
    answer jsonb;
BEGIN
    UPDATE rival.carts c SET version = c.version + 1, updated_at = now(), last_accessed_at = now()
    WHERE c.tenant_id = '' AND c.user_id = _user AND c.till_id = '' AND c.status = 'active' RETURNING c.cart_id INTO id;
    IF NOT FOUND THEN
        INSERT INTO rival.carts AS c (cart_id, user_id) VALUES (gen_random_uuid(), _user)
        ON CONFLICT (tenant_id, user_id, till_id) WHERE status = 'active' AND user_id IS NOT NULL
            DO UPDATE SET version = c.version + 1, updated_at = now(), last_accessed_at = now()
        RETURNING c.cart_id INTO id;
    END IF;
    INSERT INTO rival.items AS i (cart_id, item_key, product_id, quantity, unit_price, item) VALUES (id, _key, _product, _quantity, _price, _item)
    ON CONFLICT ON CONSTRAINT items_pkey DO UPDATE SET quantity = i.quantity + excluded.quantity, unit_price = excluded.unit_price,
        item = excluded.item, updated_at = excluded.updated_at;
    answer := (@document@ AND c.cart_id = id);
    RETURN answer;
END $$;

CREATE FUNCTION rival.cart_update(_user text, _key uuid, _quantity numeric, OUT cart_id uuid, OUT version bigint, OUT quantity numeric) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE rival.carts c SET version = c.version + 1, updated_at = now(), last_accessed_at = now()
    WHERE c.tenant_id = '' AND c.user_id = _user AND c.till_id = '' AND c.status = 'active' RETURNING c.cart_id, c.version INTO cart_id, version;
    UPDATE rival.items i SET quantity = _quantity, updated_at = now()
    WHERE i.tenant_id = '' AND i.cart_id = cart_update.cart_id AND i.item_key = _key RETURNING i.quantity INTO quantity;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such line';
    END IF;
END $$;

-- Always the user's cart first: two merges never wait for each other in a circle.
CREATE FUNCTION rival.cart_merge(_user text, _session_hash bytea, OUT target uuid, OUT version bigint, OUT source uuid, OUT lines bigint) LANGUAGE plpgsql AS $$
BEGIN
    SELECT c.cart_id INTO target FROM rival.carts c
    WHERE c.tenant_id = '' AND c.user_id = _user AND c.till_id = '' AND c.status = 'active' FOR NO KEY UPDATE;
    UPDATE rival.carts c SET status = 'merged', merged_into = target, version = c.version + 1, updated_at = now(), last_accessed_at = now()
    WHERE c.tenant_id = '' AND c.session_hash = _session_hash AND c.status = 'active' AND target IS NOT NULL RETURNING c.cart_id INTO source;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO rival.items AS i (cart_id, item_key, product_id, quantity, unit_price, item)
    SELECT target, g.item_key, g.product_id, g.quantity, g.unit_price, g.item FROM rival.items g WHERE g.tenant_id = '' AND g.cart_id = source
    ON CONFLICT ON CONSTRAINT items_pkey DO UPDATE SET quantity = i.quantity + excluded.quantity, unit_price = excluded.unit_price,
        item = i.item || excluded.item, updated_at = excluded.updated_at;
    GET DIAGNOSTICS lines = ROW_COUNT;
    UPDATE rival.carts c SET version = c.version + 1, updated_at = now(), last_accessed_at = now()
    WHERE c.tenant_id = '' AND c.cart_id = target RETURNING c.version INTO version;
END $$;

CREATE FUNCTION rival.cart_hold(_user text, OUT cart_id uuid, OUT version bigint) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE rival.carts c SET status = 'held', expires_at = now() + interval '24 hours', version = c.version + 1, updated_at = now(), last_accessed_at = now()
    WHERE c.tenant_id = '' AND c.user_id = _user AND c.till_id = '' AND c.status = 'active' RETURNING c.cart_id, c.version INTO cart_id, version;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no active cart';
    END IF;
END $$;

-- What is active already is held.
CREATE FUNCTION rival.cart_resume(_cart uuid, _user text, OUT version bigint) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE rival.carts c SET status = 'held', expires_at = now() + interval '24 hours', version = c.version + 1, updated_at = now(), last_accessed_at = now()
    WHERE c.tenant_id = '' AND c.user_id = _user AND c.till_id = '' AND c.status = 'active';
    UPDATE rival.carts c SET status = 'active', user_id = _user, expires_at = NULL, version = c.version + 1, updated_at = now(), last_accessed_at = now()
    WHERE c.tenant_id = '' AND c.cart_id = _cart AND c.status = 'held' RETURNING c.version INTO version;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the cart is not held';
    END IF;
END $$;

CREATE FUNCTION rival.cart_checkout(_order_ref text, _user text, OUT cart_id uuid, OUT version bigint, OUT total numeric) LANGUAGE plpgsql AS $$
DECLARE
    frozen jsonb;
BEGIN
    UPDATE rival.carts c SET status = 'checkout', order_ref = _order_ref, expires_at = now() + interval '30 minutes', version = c.version + 1, updated_at = now(), last_accessed_at = now()
    WHERE c.tenant_id = '' AND c.user_id = _user AND c.till_id = '' AND c.status = 'active' RETURNING c.cart_id, c.version INTO cart_id, version;
    SELECT jsonb_build_object('totals', jsonb_build_object('lines', count(*), 'quantity', sum(i.quantity), 'total', sum(round(i.unit_price * i.quantity, 2))),
            'line_totals', jsonb_object_agg(i.item_key, jsonb_build_object('subtotal', round(i.unit_price * i.quantity, 2))))
    INTO frozen FROM rival.items i WHERE i.tenant_id = '' AND i.cart_id = cart_checkout.cart_id HAVING count(*) > 0;
    IF frozen IS NULL THEN
        RAISE EXCEPTION 'no cart, or an empty one';
    END IF;
    INSERT INTO rival.drafts (cart_id, frozen) VALUES (cart_id, frozen);
    total := frozen -> 'totals' ->> 'total';
END $$;

CREATE FUNCTION rival.cart_checkout_complete(_cart uuid, OUT version bigint) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE rival.carts c SET status = 'ordered', expires_at = NULL, version = c.version + 1, updated_at = now(), last_accessed_at = now()
    WHERE c.tenant_id = '' AND c.cart_id = _cart AND c.status = 'checkout' RETURNING c.version INTO version;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the cart is not in checkout';
    END IF;
END $$;

-- The oldest cart gets all lines.
CREATE FUNCTION rival.cart_reconcile(_user text, OUT target uuid, OUT version bigint, OUT merged bigint) LANGUAGE plpgsql AS $$
DECLARE
    sources uuid[];
BEGIN
    SELECT array_agg(cart_id ORDER BY created_at, cart_id) INTO sources FROM (
        SELECT cart_id, created_at FROM rival.carts
        WHERE tenant_id = '' AND user_id = _user AND till_id = '' AND status = 'active' ORDER BY cart_id FOR NO KEY UPDATE) c;
    target := sources[1];
    sources := sources[2:];
    merged := cardinality(sources);
    IF merged > 0 THEN
        INSERT INTO rival.items AS i (cart_id, item_key, product_id, quantity, unit_price, item)
        SELECT target, item_key, min(product_id), sum(quantity), (array_agg(unit_price ORDER BY added_at DESC))[1], (array_agg(item ORDER BY added_at DESC))[1]
        FROM rival.items WHERE tenant_id = '' AND cart_id = ANY (sources) GROUP BY item_key
        ON CONFLICT ON CONSTRAINT items_pkey DO UPDATE SET quantity = i.quantity + excluded.quantity, unit_price = excluded.unit_price,
            item = i.item || excluded.item, updated_at = excluded.updated_at;
        UPDATE rival.carts c SET status = 'merged', merged_into = target, version = c.version + 1, updated_at = now(), last_accessed_at = now()
        WHERE c.tenant_id = '' AND c.cart_id = ANY (sources);
        UPDATE rival.carts c SET version = c.version + 1, updated_at = now(), last_accessed_at = now()
        WHERE c.tenant_id = '' AND c.cart_id = target RETURNING c.version INTO version;
    END IF;
END $$;
