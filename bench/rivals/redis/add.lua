-- KEYS[1] the cart; ARGV: a number that tells the line (redis-benchmark draws all numbers from one range), the quantity.
local status = redis.call('HGET', KEYS[1], 'status')
if not status then
    redis.call('HSET', KEYS[1], 'status', 'active')
elseif status ~= 'active' then
    return redis.error_reply('the cart is not active')
end
local product = 'p' .. (tonumber(ARGV[1]) % 8 + 1)
local version = redis.call('HINCRBY', KEYS[1], 'version', 1)
local quantity = redis.call('HINCRBY', KEYS[1], 'quantity:' .. product, ARGV[2])
redis.call('HSET', KEYS[1], 'item:' .. product,
    '{"product_id": "' .. product .. '", "options": {"color": "red", "size": "M"}, "title": "A product of some kind", "unit_price": 9.90}')
return { version, quantity }
