local WAYS = {
    [1] = "phone to router", [2] = "router to phone", [3] = "router to modem", [4] = "modem to router",
    [5] = "number service to router", [6] = "router to number service",
}

field("ril.session", "session", "string")
field("ril.event", "event", "string")
field("ril.damage", "damage", "string")
field("ril.service", "service", "bytes")
field("ril.way", "way", "uint8", WAYS)
field("ril.from", "from", "string")
field("ril.to", "to", "string")
field("ril.phone", "phone", "string")
field("ril.place", "place of the phone", "uint32")
field("ril.flow", "on account of", "string")
field("ril.at", "since the beginning of the session", "time")
field("ril.version", "RIL version", "int32")
field("ril.head_only", "of the frame no more is known than its head", "bool")
field("ril.part", "part of the frame", "uint16")
field("ril.length", "length", "uint32")
field("ril.name", "name", "string")
field("ril.serial", "serial", "int32")
field("ril.ack", "ack", "int32")
field("ril.wants_ack", "wants_ack", "bool")
field("ril.took", "took", "time")
field("ril.reply_in", "reply in", "frame", frametype.RESPONSE)
field("ril.reply_to", "reply to", "frame", frametype.REQUEST)
field("ril.payload", "payload", "none")
field("ril.hex", "hex", "bytes")
field("ril.null", "null", "none")
field("ril.leftover", "left over", "bytes")

ril.fields = all_fields

local unreadable = ProtoExpert.new("ril.unreadable", "This is no message", expert.group.MALFORMED, expert.severity.ERROR)
local malformed =
    ProtoExpert.new("ril.malformed", "The payload is not what ril.h says", expert.group.MALFORMED, expert.severity.ERROR)
local leftover =
    ProtoExpert.new("ril.leftover.expert", "Bytes behind the payload", expert.group.UNDECODED, expert.severity.NOTE)
local unknown = ProtoExpert.new("ril.unknown", "ril.h has no such message", expert.group.UNDECODED, expert.severity.NOTE)
local unasked =
    ProtoExpert.new("ril.unasked", "What was asked is not known", expert.group.SEQUENCE, expert.severity.NOTE)
local failed = ProtoExpert.new("ril.failed", "The request failed", expert.group.RESPONSE_CODE, expert.severity.NOTE)
local damaged = ProtoExpert.new("ril.lost", "A part of the trace is missing", expert.group.SEQUENCE, expert.severity.WARN)

ril.experts = { unreadable, malformed, leftover, unknown, unasked, failed, damaged }

ril.prefs.version = Pref.uint("RIL version", 0, "Layouts of payloads; 0 for what the capture says")

-- Reading ------------------------------------------------------------------------------------------------------------

-- Where reading is: `bytes` is a string, `at` how many of them were read, `last` the last number of each name.

local function stop(reader, what)
    error({ ril = true, at = reader.at, what = what }, 0)
end

local function left(reader)
    return #reader.bytes - reader.at
end

local function unsigned_at(bytes, at, little)
    local a, b, c, d = bytes:byte(at + 1, at + 4)
    if little then
        a, b, c, d = d, c, b, a
    end
    return ((a * 256 + b) * 256 + c) * 256 + d
end

local function signed(number)
    if number >= 2147483648 then
        return number - 4294967296
    end
    return number
end

local function unsigned(reader)
    if left(reader) < 4 then
        stop(reader, "the payload ends here")
    end
    local number = unsigned_at(reader.bytes, reader.at, reader.little)
    reader.at = reader.at + 4
    return number
end

local function int(reader)
    return signed(unsigned(reader))
end

local function count(reader)
    local number = int(reader)
    if number < 0 or number > left(reader) / 4 then
        stop(reader, string.format("%d items do not fit the bytes that are left", number))
    end
    return number
end

-- Bytes with padding up to a multiple of four; padding that is cut off at the end is forgiven. Gives where they are.
local function padded(reader, length)
    if length > left(reader) then
        stop(reader, "the payload ends here")
    end
    local at = reader.at
    reader.at = math.min(at + length + (-length) % 4, #reader.bytes)
    return at
end

local function byte(reader)
    return reader.bytes:byte(padded(reader, 1) + 1)
end

local function utf8_of(code)
    if code == 0 then
        -- A string of Wireshark ends at a zero: its picture stands for it.
        return "\226\144\128"
    elseif code < 0x80 then
        return string.char(code)
    elseif code < 0x800 then
        return string.char(0xc0 + math.floor(code / 64), 0x80 + code % 64)
    elseif code < 0x10000 then
        return string.char(0xe0 + math.floor(code / 4096), 0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
    end
    return string.char(
        0xf0 + math.floor(code / 262144), 0x80 + math.floor(code / 4096) % 64, 0x80 + math.floor(code / 64) % 64,
        0x80 + code % 64)
end

local REPLACEMENT = utf8_of(0xfffd)

-- Text of UTF-16 units; halves of pairs become U+FFFD.
local function text_of(bytes, little)
    local out, high = {}, nil
    for at = 1, #bytes - 1, 2 do
        local low_byte, high_byte = bytes:byte(at, at + 1)
        if not little then
            low_byte, high_byte = high_byte, low_byte
        end
        local unit = low_byte + 256 * high_byte
        local is_low = unit >= 0xdc00 and unit <= 0xdfff
        if high and is_low then
            out[#out + 1] = utf8_of(0x10000 + (high - 0xd800) * 1024 + unit - 0xdc00)
            high = nil
        else
            if high then
                out[#out + 1] = REPLACEMENT
                high = nil
            end
            if unit >= 0xd800 and unit <= 0xdbff then
                high = unit
            elseif is_low then
                out[#out + 1] = REPLACEMENT
            else
                out[#out + 1] = utf8_of(unit)
            end
        end
    end
    if high then
        out[#out + 1] = REPLACEMENT
    end
    return table.concat(out)
end

local function holds(reader, condition)
    local kind = condition[1]
    if kind == "left" then
        return left(reader) > 0
    elseif kind == "since" then
        return reader.version >= condition[2]
    elseif kind == "within" then
        local number = reader.last[condition[2]]
        return number ~= nil and number >= condition[3] and number <= condition[4]
    elseif kind == "both" then
        return holds(reader, condition[2]) and holds(reader, condition[3])
    elseif kind == "not" then
        return not holds(reader, condition[2])
    end
    return true
end

local readers = {}

-- Reads a value into `node`: `at`, `length`, `value`, `null`, `children`. What was read before an error stays there.
local function read(reader, layout, node)
    node.at = reader.at
    readers[layout.kind](reader, layout, node)
    node.length = reader.at - node.at
end

local function child(node, member)
    local made = { field = member.field, name = member.name }
    node.children = node.children or {}
    node.children[#node.children + 1] = made
    return made
end

local function read_child(reader, node, member)
    local made = child(node, member)
    read(reader, member.of, made)
    if member.name and type(made.value) == "number" then
        reader.last[member.name] = made.value
    end
    return made
end

local function read_items(reader, item, node, number)
    node.children = {}
    for place = 0, number - 1 do
        read_child(reader, node, item).place = place
    end
end

function readers.nothing(_, _, node)
    node.null = true
end

function readers.int(reader, _, node)
    node.value = int(reader)
end

function readers.unsigned(reader, _, node)
    node.value = unsigned(reader)
end

function readers.long(reader, _, node)
    if left(reader) < 8 then
        stop(reader, "the payload ends here")
    end
    local first, second = unsigned(reader), unsigned(reader)
    if reader.little then
        first, second = second, first
    end
    node.value = Int64.new(second, first)
end

function readers.flag(reader, _, node)
    node.value = int(reader) ~= 0
end

function readers.byte(reader, _, node)
    node.value = byte(reader)
end

function readers.signed_byte(reader, _, node)
    local value = byte(reader)
    node.value = value < 128 and value or value - 256
end

function readers.byte_flag(reader, _, node)
    node.value = byte(reader) ~= 0
end

function readers.text(reader, _, node)
    local units = int(reader)
    if units == -1 then
        node.null, node.value = true, ""
        return
    end
    if units < 0 or (units + 1) * 2 > left(reader) then
        stop(reader, string.format("length %d does not fit the bytes that are left", units))
    end
    local at = padded(reader, (units + 1) * 2)
    node.value = text_of(reader.bytes:sub(at + 1, at + units * 2), reader.little)
end

function readers.raw(reader, _, node)
    local length = int(reader)
    if length == -1 then
        node.null, node.bytes_at, node.bytes_length = true, reader.at, 0
        return
    end
    if length < 0 or length > left(reader) then
        stop(reader, string.format("length %d does not fit the bytes that are left", length))
    end
    node.bytes_at, node.bytes_length = padded(reader, length), length
end

function readers.rest(reader, _, node)
    node.bytes_at, node.bytes_length = reader.at, left(reader)
    reader.at = #reader.bytes
end

function readers.octets(reader, layout, node)
    local number = layout.byte_count and byte(reader) or int(reader)
    local out = {}
    for place = 1, math.min(number, layout.most) do
        out[place] = string.format("%02x", byte(reader))
    end
    node.value = table.concat(out)
end

function readers.count(reader, _, node)
    node.value = count(reader)
end

function readers.list(reader, layout, node)
    read_items(reader, layout.item, node, count(reader))
end

function readers.array(reader, layout, node)
    read_items(reader, layout.item, node, layout.count)
end

function readers.times(reader, layout, node)
    read_items(reader, layout.item, node, reader.last[layout.by])
end

function readers.if_left(reader, layout, node)
    if left(reader) == 0 then
        node.null = true
    else
        read(reader, layout.of, node)
    end
end

function readers.if_flagged(reader, layout, node)
    if left(reader) == 0 or int(reader) == 0 then
        node.null = true
    else
        read(reader, layout.of, node)
    end
end

function readers.struct(reader, layout, node)
    node.children = {}
    for _, member in ipairs(layout.fields) do
        if not member.when or holds(reader, member.when) then
            read_child(reader, node, member)
        elseif member.otherwise then
            local made = child(node, member)
            made.generated = true
            if member.otherwise == "null" then
                made.null, made.value = true, ""
            elseif member.otherwise == "number" then
                made.value = member.number
            end
        end
    end
end

function readers.choice(reader, layout, node)
    node.children = {}
    local number = layout.tag and read_child(reader, node, layout.tag).value or reader.last[layout.by]
    local arm = layout.arms[number]
    if arm then
        read_child(reader, node, arm)
    elseif layout.other then
        local made = child(node, layout.other)
        made.generated, made.value = true, number
    else
        stop(reader, string.format("%d is not possible here", number))
    end
end

function readers.guess(reader, layout, node)
    local before = reader.at
    local fits = pcall(function()
        local made = read_child(reader, node, layout.first)
        for _, member in ipairs(made.children) do
            if member.name == layout.identifier then
                local text = not member.null and member.value
                fits = text and #text < layout.limit and not text:find("[^\33-\126]")
            end
        end
        assert(fits)
    end)
    if not fits then
        reader.at, node.children = before, nil
        read_child(reader, node, layout.second)
    end
end

-- Showing ------------------------------------------------------------------------------------------------------------

local show_children

-- What a field holds that is null: Wireshark wants something.
local function nothing_of(kind)
    if kind == "string" then
        return ""
    elseif kind == "int64" then
        return Int64.new(0, 0)
    elseif kind ~= "none" and kind ~= "bytes" then
        return 0
    end
end

-- Adds a node below a tree item. `range` is that of the whole payload.
local function show(tree, node, range)
    local made_of = F[node.field]
    local from, length = node.bytes_at or node.at, node.bytes_length or node.length
    local part = from and length and length > 0 and range(from, length) or nil
    if node.null and node.value == nil then
        node.value = nothing_of(KINDS[node.field])
    end
    local item
    if node.value ~= nil and part then
        item = tree:add(made_of, part, node.value)
    elseif node.value ~= nil then
        item = tree:add(made_of, node.value)
    elseif part then
        item = tree:add(made_of, part)
    else
        item = tree:add(made_of)
    end
    if node.generated then
        item:set_generated()
    end
    if node.null then
        item:set_text((node.name or "value") .. ": null")
        item:add(F["ril.null"]):set_hidden()
    end
    if node.place then
        item:prepend_text(node.place .. ": ")
    end
    show_children(item, node, range)
end

-- Adds the children of a node, without what was being read when reading had to stop.
function show_children(item, node, range)
    for _, below in ipairs(node.children or {}) do
        if below.length or below.generated or below.children then
            show(item, below, range)
        end
    end
end

-- Adds a payload, a member without a name.
local function show_payload(tree, range, member, version, little)
    local item = tree:add(F["ril.payload"], range)
    local reader = { bytes = range:raw(), at = 0, little = little, version = version, last = {} }
    local node = { field = member.field, name = "payload" }
    local fits, why = pcall(read, reader, member.of, node)
    if not fits and not (type(why) == "table" and why.ril) then
        error(why, 0)
    end
    if node.null then
        item:set_text("payload: null")
        item:add(F["ril.null"]):set_hidden()
    elseif node.value ~= nil or node.bytes_at then
        show(item, node, range)
    else
        show_children(item, node, range)
    end
    if not fits then
        item:add_proto_expert_info(malformed, string.format("Byte %d: %s", why.at, why.what))
        tree:add(F["ril.hex"], range)
    elseif left(reader) > 0 then
        item:add(F["ril.leftover"], range(reader.at)):add_proto_expert_info(leftover)
    end
end

-- Following ----------------------------------------------------------------------------------------------------------

-- Requests without an answer, by where they are and their serial; which packet answers which.
local asked, replies, answers

function ril.init()
    asked, replies, answers = {}, {}, {}
end

local function key(link, serial)
    return link .. "#" .. serial
end

local function ask(link, serial, request)
    local waiting = asked[key(link, serial)] or {}
    waiting[#waiting + 1] = request
    asked[key(link, serial)] = waiting
end

local function answer(link, serial)
    local waiting = asked[key(link, serial)]
    local first = waiting and table.remove(waiting, 1)
    if waiting and #waiting == 0 then
        asked[key(link, serial)] = nil
    end
    return first
end

-- What was not answered will not be.
local function forget(link)
    for name in pairs(asked) do
        if name:sub(1, #link + 1) == link .. "#" then
            asked[name] = nil
        end
    end
end

local function since(earlier, later)
    local nanoseconds = (later - earlier):tonumber()
    if nanoseconds < 0 then
        nanoseconds = 0
    end
    return NSTime.new(math.floor(nanoseconds / 1e9), nanoseconds % 1e9)
end

-- Packets ------------------------------------------------------------------------------------------------------------

local REPLY, UNSOLICITED_MESSAGE, ARRIVED, REPLY_TO_ACKNOWLEDGE, UNSOLICITED_TO_ACKNOWLEDGE = 0, 1, 2, 3, 4

local FROM_PHONE, TO_PHONE, TO_MODEM, FROM_MODEM, FROM_SERVICE, TO_SERVICE = 1, 2, 3, 4, 5, 6

local FIXED = 36
local RESPONSE_ACKNOWLEDGEMENT = 800

local function name_of(rows, code)
    return rows[code] and rows[code].name or tostring(code)
end

local function flow_of(number)
    return ({ [1] = "urgent", [2] = "router", [0xffffffff] = "card" })[number] or "phone " .. number - 3
end

local function dissect_request(packet, range, tree, info)
    if range:len() < 8 then
        tree:add_proto_expert_info(unreadable)
        info[1] = "unreadable"
        return
    end
    local bytes = range(0, 8):raw()
    local code = signed(unsigned_at(bytes, 0, packet.little))
    local serial = signed(unsigned_at(bytes, 4, packet.little))
    local row = REQUESTS[code]
    local item = tree:add(F["ril.request"], range(0, 4), code)
    if not row then
        item:add_proto_expert_info(unknown)
    end
    tree:add(F["ril.name"], range(0, 4), name_of(REQUESTS, code)):set_generated()
    tree:add(F["ril.serial"], range(4, 4), serial)
    info[1] = string.format("%s #%d", name_of(REQUESTS, code), serial)
    -- A client acknowledges without being answered.
    if not packet.visited and code ~= RESPONSE_ACKNOWLEDGEMENT then
        ask(packet.link, serial, { number = packet.number, code = code, at = packet.at })
    end
    local reply = answers[packet.number]
    if reply then
        tree:add(F["ril.reply_in"], reply.number):set_generated()
    end
    return row and row.request, 8
end

local function dissect_reply(packet, range, tree, info, serial)
    if range:len() < 12 then
        tree:add_proto_expert_info(unreadable)
        info[1] = "unreadable"
        return
    end
    if not packet.visited then
        local request = answer(packet.link, serial)
        -- The capture knows better, for it may lack what was filtered out.
        if request and (packet.answers == 0 or packet.answers == request.code) then
            replies[packet.number] = request
            answers[request.number] = { number = packet.number }
        end
    end
    local request = replies[packet.number]
    local code = packet.answers ~= 0 and packet.answers or request and request.code
    local name = "reply"
    if code then
        name = name_of(REQUESTS, code)
        local item = tree:add(F["ril.reply"], code)
        item:set_generated()
        if not REQUESTS[code] then
            item:add_proto_expert_info(unknown)
        end
        tree:add(F["ril.name"], name):set_generated()
    else
        tree:add_proto_expert_info(unasked)
    end
    tree:add(F["ril.serial"], range(4, 4), serial)
    local errno = signed(unsigned_at(range(8, 4):raw(), 0, packet.little))
    local item = tree:add(F["ril.errno"], range(8, 4), errno)
    if errno ~= 0 then
        item:add_proto_expert_info(failed)
    end
    local result = errno == 0 and "ok" or ERRNO[errno] or tostring(errno)
    info[1] = string.format("%s #%d %s", name, serial, result)
    if request then
        local took = since(request.at, packet.at)
        tree:add(F["ril.reply_to"], request.number):set_generated()
        tree:add(F["ril.took"], took):set_generated()
        info[1] = string.format("%s after %.1f ms", info[1], took:tonumber() * 1000)
    end
    return code and REQUESTS[code] and REQUESTS[code].response, 12
end

local function dissect_message(packet, range, tree, info)
    if range:len() < 8 then
        tree:add_proto_expert_info(unreadable)
        info[1] = "unreadable"
        return
    end
    local bytes = range(0, 8):raw()
    local kind = signed(unsigned_at(bytes, 0, packet.little))
    local number = signed(unsigned_at(bytes, 4, packet.little))
    if kind == REPLY_TO_ACKNOWLEDGE or kind == UNSOLICITED_TO_ACKNOWLEDGE then
        tree:add(F["ril.wants_ack"], range(0, 4), true)
    end
    if kind == REPLY or kind == REPLY_TO_ACKNOWLEDGE then
        return dissect_reply(packet, range, tree, info, number)
    elseif kind == UNSOLICITED_MESSAGE or kind == UNSOLICITED_TO_ACKNOWLEDGE then
        local row = UNSOLICITED[number]
        local item = tree:add(F["ril.unsolicited"], range(4, 4), number)
        if not row then
            item:add_proto_expert_info(unknown)
        end
        tree:add(F["ril.name"], range(4, 4), name_of(UNSOLICITED, number)):set_generated()
        info[1] = "! " .. name_of(UNSOLICITED, number)
        return row and row.payload, 8
    elseif kind == ARRIVED then
        tree:add(F["ril.ack"], range(4, 4), number)
        info[1] = string.format("#%d arrived", number)
        return nil, 8
    end
    tree:add_proto_expert_info(unreadable)
    info[1] = "unreadable"
end

local function dissect_frame(packet, range, tree, info)
    if range:len() < 4 then
        tree:add_proto_expert_info(unreadable)
        info[1] = "unreadable"
        return
    end
    local item = tree:add(F["ril.length"], range(0, 4))
    local length = range(0, 4):uint()
    if length ~= range:len() - 4 then
        item:add_proto_expert_info(unreadable, "The length is not that of the frame")
    end
    if range:len() == 4 then
        tree:add_proto_expert_info(unreadable)
        info[1] = "unreadable"
        return
    end
    local body = range(4)
    local is_request = packet.way == FROM_PHONE or packet.way == TO_MODEM
    local layout, head = (is_request and dissect_request or dissect_message)(packet, body, tree, info)
    if not head then
        tree:add(F["ril.hex"], body)
    elseif body:len() > head and layout then
        show_payload(tree, body(head), layout, packet.version, packet.little)
    elseif body:len() > head then
        tree:add(F["ril.hex"], body(head))
    end
end

local JSON = { [1] = "ril.session", [2] = "ril.event", [3] = "ril.damage" }

local function dissect_json(packet, kind, range, tree, info)
    local text = range and range:string(ENC_UTF_8) or ""
    if range then
        tree:add(F[JSON[kind]], range, text)
    end
    info[1] = (kind == 1 and "session " or kind == 3 and "damage " or "") .. text
    if kind == 3 or kind == 2 and text:find('^{"lost"') then
        tree:add_proto_expert_info(damaged)
    end
    if packet.visited then
        return
    end
    if kind == 1 then
        asked = {}
    elseif text:find('^{"modem_up"') or text == '"modem_down"' then
        forget("modem")
    elseif text:find('^{"phone_up"') then
        forget(packet.link)
    end
end

local function flag(flags, bit)
    return math.floor(flags / bit) % 2 == 1
end

function ril.dissector(tvb, pinfo, root)
    if tvb:len() < FIXED or tvb(0, 4):raw() ~= "RIL\1" or tvb:len() < FIXED + tvb(34, 2):uint() then
        return 0
    end
    local flags, place, name_length = tvb(7, 1):uint(), tvb(16, 4):uint(), tvb(34, 2):uint()
    local packet = {
        number = pinfo.number,
        visited = pinfo.visited,
        way = tvb(4, 1):uint(),
        little = tvb(6, 1):uint() ~= 2,
        at = tvb(8, 8):uint64(),
        version = ril.prefs.version ~= 0 and ril.prefs.version or tvb(24, 4):int(),
        answers = tvb(28, 4):int(),
        link = "phone " .. place,
    }
    if packet.way == TO_MODEM or packet.way == FROM_MODEM then
        packet.link = "modem"
    end
    local tree = root:add(ril, tvb())
    local data = tvb:len() > FIXED + name_length and tvb(FIXED + name_length) or nil
    local phone = "phone"
    if place > 0 then
        phone = name_length > 0 and tvb(FIXED, name_length):string(ENC_UTF_8) or "phone" .. place - 1
        tree:add(F["ril.phone"], phone)
        tree:add(F["ril.place"], tvb(16, 4), place - 1)
    end
    local from, to = "router", "router"
    if packet.way == FROM_PHONE then from = phone end
    if packet.way == TO_PHONE then to = phone end
    if packet.way == FROM_MODEM then from = "modem" end
    if packet.way == TO_MODEM then to = "modem" end
    if packet.way == FROM_SERVICE then from = "service" end
    if packet.way == TO_SERVICE then to = "service" end
    tree:add(F["ril.at"], tvb(8, 8), since(UInt64.new(0, 0), packet.at))
    pinfo.cols.protocol = "RIL"
    local info = { "" }
    local kind = tvb(5, 1):uint()
    if packet.way == 0 then
        if JSON[kind] then
            dissect_json(packet, kind, data, tree, info)
        end
        pinfo.cols.info = info[1]
        return tvb:len()
    end
    pinfo.cols.src, pinfo.cols.dst = from, to
    tree:add(F["ril.way"], tvb(4, 1))
    tree:add(F["ril.from"], from)
    tree:add(F["ril.to"], to)
    if tvb(20, 4):uint() > 0 then
        tree:add(F["ril.flow"], tvb(20, 4), flow_of(tvb(20, 4):uint()))
    end
    tree:add(F["ril.version"], tvb(24, 4))
    local part = tvb(32, 2):uint()
    if packet.way == FROM_SERVICE or packet.way == TO_SERVICE then
        info[1] = "message"
        if data then
            tree:add(F["ril.service"], data)
        end
    elseif part > 0 or flag(flags, 2) then
        tree:add(F["ril.part"], tvb(32, 2))
        info[1] = "part " .. part .. " of a long frame"
    elseif data then
        if flag(flags, 4) then
            tree:add(F["ril.head_only"], tvb(7, 1), true)
        end
        dissect_frame(packet, data, tree, info)
    else
        tree:add_proto_expert_info(unreadable)
        info[1] = "unreadable"
    end
    tree:append_text(", " .. from .. " to " .. to .. ": " .. info[1])
    pinfo.cols.info = info[1]
    return tvb:len()
end

-- LINKTYPE_USER0
DissectorTable.get("wtap_encap"):add((wtap_encaps or wtap).USER0, ril)
