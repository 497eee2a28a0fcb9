-- Gives the rivals the carts that cart_ext has.
TRUNCATE rival.carts, rival.items, rival.drafts;
INSERT INTO rival.carts SELECT * FROM cart.carts ORDER BY tenant_id, cart_id;
INSERT INTO rival.items SELECT * FROM cart.items ORDER BY tenant_id, cart_id, item_key;
INSERT INTO rival.drafts SELECT * FROM cart.drafts;
