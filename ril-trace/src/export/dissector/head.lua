-- Shows in Wireshark and tshark what `rilctl trace export --to pcapng` wrote. Made by `rilctl trace dissector`: change
-- nothing here, but make it again.
--
--   tshark -X lua_script:ril.lua -r boot.pcapng -Y 'ril.request == "DIAL"'
--
-- In Wireshark: put it into the folder of personal Lua plugins (Help, About, Folders).

local ril = Proto("ril", "Radio Interface Layer")

-- Names of values, fields and what they hold, layouts of payloads, messages by their codes.
local N, F, KINDS, L, REQUESTS, UNSOLICITED = {}, {}, {}, {}, {}, {}

local all_fields = {}

local function field(abbreviation, name, kind, names)
    local made
    if kind == "none" then
        made = ProtoField.none(abbreviation, name)
    elseif kind == "string" then
        made = ProtoField.string(abbreviation, name)
    elseif kind == "bytes" then
        made = ProtoField.bytes(abbreviation, name)
    elseif kind == "bool" then
        made = ProtoField.bool(abbreviation, name)
    elseif kind == "time" then
        made = ProtoField.relative_time(abbreviation, name)
    elseif kind == "frame" then
        made = ProtoField.framenum(abbreviation, name, base.NONE, names)
    else
        made = ProtoField[kind](abbreviation, name, base.DEC, names)
    end
    F[abbreviation], KINDS[abbreviation] = made, kind
    all_fields[#all_fields + 1] = made
end

