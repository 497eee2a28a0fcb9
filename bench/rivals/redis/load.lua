-- Makes the carts ARGV[1] to ARGV[2]: one hash each, with a version and, for each line, its quantity and its item.
for n = tonumber(ARGV[1]), tonumber(ARGV[2]) do
    local cart = string.format('cart:%012d', n)
    redis.call('DEL', cart)
    redis.call('HSET', cart, 'status', 'active', 'version', 1)
    for line = 1, 8 do
        redis.call('HSET', cart, 'quantity:p' .. line, 1 + line % 3,
            'item:p' .. line, '{"product_id": "p' .. line .. '", "options": {"color": "red", "size": "M"}, "title": "A product of some kind", "unit_price": 9.90}')
    end
end
