-- The shop's database: roles, the extension, the tables, the catalogue. Run once, by a superuser.

-- Owns the carts and the products; nobody logs in as it.
CREATE ROLE shop_owner NOLOGIN;
-- What every customer is, known or not.
CREATE ROLE shopper NOLOGIN;
-- The gateway's connections. By itself this role may nothing; it becomes a shopper.
CREATE ROLE shop_gateway LOGIN NOINHERIT;
GRANT shopper TO shop_gateway;
-- The route for the payment provider, which acts for any customer.
CREATE ROLE shop_payments LOGIN;
ALTER ROLE shop_gateway SET statement_timeout = '30s';
ALTER ROLE shop_payments SET statement_timeout = '30s';

-- What stands in this schema the gateway shows, as far as a shopper may call it.
CREATE SCHEMA shop_api;
CREATE EXTENSION cart_ext SCHEMA shop_api;
SET search_path = shop_api;
SELECT cart_setup('shop_owner');
SELECT cart_grant('shopper', 'shopper'), cart_grant('shop_payments', 'application');

CREATE SCHEMA shop AUTHORIZATION shop_owner;
SET ROLE shop_owner;
CREATE TABLE shop.products (sku text PRIMARY KEY, price numeric NOT NULL, in_stock numeric NOT NULL);
INSERT INTO shop.products VALUES ('mug', 9.90, 1000), ('tea', 4.20, 100000), ('lamp', 49.00, 0);
CREATE FUNCTION shop.catalog(tenant_id text, items jsonb, context jsonb)
    RETURNS TABLE (item_key uuid, unit_price numeric, tax_rate numeric,
                   available boolean, max_quantity numeric)
    LANGUAGE sql STABLE
    AS $$ SELECT (i ->> 'item_key')::uuid, p.price, 0.19, p.in_stock > 0, p.in_stock
          FROM jsonb_array_elements(items) AS i JOIN shop.products AS p ON p.sku = i ->> 'product_id' $$;
REVOKE ALL ON FUNCTION shop.catalog FROM PUBLIC;
RESET ROLE;
SELECT cart_configure('{"currency": "EUR", "price_includes_tax": true, "catalog": "shop.catalog"}');
