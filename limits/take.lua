-- Takes ARGV[1] units from every bucket in KEYS (widest first), or from none.
-- ARGV[2i], ARGV[2i+1]: the i-th bucket's step and span in microseconds. A bucket's value is
-- the moment it is full again, in Unix microseconds of this server's clock.
-- Returns {microseconds to wait, units left in the last bucket, microseconds until it is full}.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local n = tonumber(ARGV[1])
local after, wait, left, full = {}, 0, 0, 0
for i, key in ipairs(KEYS) do
  local step, span = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local owed = tonumber(redis.call('GET', key) or now) or now
  owed = math.min(math.max(owed, now), now + span)
  after[i] = owed + n * step
  wait = math.max(wait, after[i] - span - now)
  left, full = math.floor((now + span - owed) / step), owed - now
end
if n == 0 or wait > 0 then
  return {wait, left, full}
end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, string.format('%.0f', after[i]), 'PX', math.ceil((after[i] - now) / 1000) + 1000)
end
return {0, left - n, full + n * tonumber(ARGV[2 * #KEYS])}
