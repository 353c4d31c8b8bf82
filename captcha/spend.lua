-- Notes one try of the challenge KEYS[1]: ARGV[1] is the spender, ARGV[2] is 1 for a right
-- answer, ARGV[3] the milliseconds to remember it, ARGV[4] the wrong answers that lock.
-- The value is "s" and the spender once spent, else the number of wrong answers.
local mark = redis.call('GET', KEYS[1])
local right = ARGV[2] == '1'
if mark and string.sub(mark, 1, 1) == 's' then
  if right and ARGV[1] ~= '' and mark == 's' .. ARGV[1] then return '' end
  return 'captcha_reused'
end
local wrong, lock = tonumber(mark or 0), tonumber(ARGV[4])
if wrong >= lock then return 'captcha_locked' end
if right then
  redis.call('SET', KEYS[1], 's' .. ARGV[1], 'PX', ARGV[3])
  return ''
end
redis.call('SET', KEYS[1], wrong + 1, 'PX', ARGV[3])
if wrong + 1 >= lock then return 'captcha_locked' end
return 'captcha_wrong'
