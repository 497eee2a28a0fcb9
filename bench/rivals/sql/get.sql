-- One statement that makes the document.
\set n random(1, :carts)
@document@ AND c.user_id = 'u' || :n AND c.till_id = '' AND c.status = 'active';
