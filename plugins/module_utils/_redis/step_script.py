# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The step of a sweep as a script that runs on the server."""

from __future__ import annotations

import re

#: The same as StepByTransaction, as a script. Arguments: cursor, count, pattern, remove, any key, namespace ("=" before
#: it, nothing for all), time, contents ("*" for all, nothing where nobody asks for them), keys of one UNLINK, last byte
#: of a head, keys of one SCAN, keys to spare. It runs for each key, so it is written for speed: keys go while the
#: processor's cache still holds them, numbers go to commands as text, a reply is asked for its error without being asked
#: for its type (a text has none), and no answer that goes is asked for its memory.
_WRITTEN = rb"""
local cursor, count, pattern, remove, any_key = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4] == '1', ARGV[5] == '1'
local namespace, before, contents = string.match(ARGV[6], '^=(.*)'), tonumber(ARGV[7]), ARGV[8]
local chunk, head_end, at_once = tonumber(ARGV[9]), ARGV[10], ARGV[11]
local find, sub, match, lower, min, max, call, pcall =
  string.find, string.sub, string.match, string.lower, math.min, math.max, redis.call, redis.pcall
local words = {'object\\":\\"chat.completion', 'object\\":\\"text_completion', '"response": {"embedding":'}
local words_of_python = {'"object":"chat.completion', '"object":"text_completion', "'response': {'embedding':"}
local names = {'chat', 'text', 'embedding', 'other'}
local told = contents == '' and 0 or 3
local any_content = told == 0 or contents == '*'
local every_answer = any_key or any_content and not namespace and not before
local spared
for index = 12, #ARGV do
  spared = spared or {}
  spared[ARGV[index]] = true
end

local looked_at, gone, bytes, unreadable, example = 0, 0, 0, 0, ''
local meant, kept, taken, others = {0, 0, 0, 0}, {0, 0, 0, 0}, {}, {}

-- Whether the name of an answer is one of the namespace: a client's stands behind the one of the configuration.
local behind = namespace and namespace ~= '' and ':' .. namespace
local function named(key)
  local prefix = sub(key, 1, -66)
  return prefix == namespace or behind and sub(prefix, -#behind) == behind
end

-- An ACL forbids the command or the key: the words of Redis 7.0, and of later ones.
local function denied(reply)
  return find(reply.err, "can't run", 1, true) or find(reply.err, "can't access", 1, true)
    or find(reply.err, 'permission', 1, true)
end

-- The content of what is named like an answer, nothing for any other value, and whether it is meant; or what forbids it.
local function look(key)
  local head = pcall('GETRANGE', key, '0', head_end)
  if head.err then
    if sub(head.err, 1, 9) ~= 'WRONGTYPE' then
      if denied(head) then
        if not any_key and namespace and not named(key) then return nil, false end
        return nil, any_key, head
      end
      unreadable = unreadable + 1
    end
    return nil, any_key
  end
  local its_words = words
  if find(head, '{"timestamp": ', 1, true) ~= 1 or (find(head, ', "response": ', 15, true) or 64) >= 40 then
    if find(head, "{'timestamp': ", 1, true) ~= 1 or (find(head, ", 'response': ", 15, true) or 64) >= 40 then
      return nil, any_key
    end
    its_words = words_of_python
  end
  local content = 4
  for number = 1, told do
    if find(head, its_words[number], 1, true) then
      content = number
      break
    end
  end
  return content, every_answer or (
    (not namespace or named(key))
    and (not before or (tonumber(match(head, '^(%d+%.?%d*),', 15)) or before) < before)
    and (any_content or find(contents, names[content], 1, true) ~= nil))
end

-- The memory that the server uses, nothing where an ACL forbids INFO.
local function memory()
  local told = pcall('INFO', 'memory')
  return type(told) == 'string' and tonumber(match(told, 'used_memory:(%d+)')) or nil
end

-- Answers are freed at once, so the server's own word tells what all of them were, without a look at each. What else may go
-- is freed later, and what is only counted is not freed.
local memory_before = remove and not any_key and memory()

-- Adds up the memory of what was chosen; that of the first for each where only INFO would be fast enough, and is forbidden.
local function weigh(chosen, number_chosen)
  local usage = pcall('MEMORY', 'USAGE', chosen[1])
  if type(usage) ~= 'number' then return end
  if remove and not any_key then
    bytes = bytes + usage * number_chosen
    return
  end
  bytes = bytes + usage
  for index = 2, number_chosen do
    usage = pcall('MEMORY', 'USAGE', chosen[index])
    if type(usage) == 'number' then bytes = bytes + usage end
  end
end

-- Removes some of what was chosen. Returns what forbids it.
local function unlink(chosen, content_of, first, last)
  if remove then
    local reply = pcall('UNLINK', unpack(chosen, first, last))
    if type(reply) == 'table' then
      if chunk > 1 or denied(reply) then return reply end
      unreadable = unreadable + 1
      return
    end
    gone = gone + reply
  else
    gone = gone + last - first + 1
  end
  -- Those of the last content, which is that of all where nobody asks for contents, are counted at once.
  local untold = 0
  for index = first, last do
    local content = content_of[index]
    if content == 4 then untold = untold + 1
    elseif content then meant[content] = meant[content] + 1
    else taken[#taken + 1] = chosen[index] end
  end
  meant[4] = meant[4] + untold
end

-- Looks at some keys and removes what is meant. Returns what forbids it.
local function round(keys)
  local chosen, content_of, number_chosen = {}, {}, 0
  for index = 1, #keys do
    local key, content, is_meant, forbidden = keys[index], nil, any_key, nil
    -- A response entry is named by 64 hex digits, with a colon before them where there is a namespace.
    -- `%x` and a look at the case are faster than `[0-9a-f]`.
    local digits = #key == 64 and key or sub(key, -65, -65) == ':' and sub(key, -64) or ''
    if find(digits, '^%x+$') and lower(digits) == digits then
      content, is_meant, forbidden = look(key)
      if forbidden then return forbidden end
    end
    if is_meant and not (spared and spared[key]) then
      number_chosen = number_chosen + 1
      chosen[number_chosen], content_of[number_chosen] = key, content
    elseif content then
      kept[content] = kept[content] + 1
    else
      others[#others + 1] = key
    end
  end
  if number_chosen == 0 then return end
  example = chosen[1]
  if not memory_before then weigh(chosen, number_chosen) end
  for first = 1, number_chosen, chunk do
    local forbidden = unlink(chosen, content_of, first, min(first + chunk - 1, number_chosen))
    if forbidden then return forbidden end
  end
end

-- The step ends with this.
local function freed()
  if memory_before then bytes = max(memory_before - (memory() or memory_before), 0) end
  return bytes
end

local after = cursor
repeat
  local page
  if pattern == '' then page = call('SCAN', after, 'COUNT', at_once)
  else page = call('SCAN', after, 'MATCH', pattern, 'COUNT', at_once) end
  after = page[1]
  local forbidden = round(page[2])
  if forbidden then
    -- What is gone is told; the next step looks at the same keys again, and then has nothing else to say.
    if not remove or gone == 0 then return forbidden end
    return {'', 0, gone, freed(), 0, meant, {0, 0, 0, 0}, taken, {}, example}
  end
  looked_at, count = looked_at + #page[2], count - at_once
until after == '0' or count <= 0
return {after, looked_at, gone, freed(), unreadable, meant, kept, taken, others, example}
"""

#: As it goes to the server, which hashes its text at each step: without comments and indentation.
SCRIPT = re.sub(rb"(?m)^\s*--.*\n|^ +|^\n", b"", _WRITTEN)
