-- What the image of ../Dockerfile runs when it makes its database.
CREATE EXTENSION cart_ext;
SELECT cart_setup();
