-- The extension, its tables, and a place for the baskets to come.

CREATE EXTENSION cart_ext;
SELECT cart_setup();

CREATE SCHEMA demo;

-- The file as it is; line_no keeps its order.
CREATE TABLE demo.csv (
    line_no bigint GENERATED ALWAYS AS IDENTITY,
    invoice_no text NOT NULL,
    stock_code text NOT NULL,
    description text,
    quantity numeric NOT NULL,
    invoice_date timestamp,
    unit_price numeric,
    customer_id text,
    country text
);
