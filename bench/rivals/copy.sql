-- Gives the rivals the carts that cart_ext has.
TRUNCATE rival.carts, rival.items, rival.drafts, rival.requests;
INSERT INTO rival.carts SELECT * FROM cart.carts;
INSERT INTO rival.items SELECT * FROM cart.items;
INSERT INTO rival.drafts SELECT * FROM cart.drafts;
