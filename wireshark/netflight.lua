-- SPDX-License-Identifier: Apache-2.0
--
-- Shows in Wireshark and tshark what Netflight has written beside each packet: the Java threads, operations and stacks whose
-- bytes it carries, as fields that can be columns and display filters.
--
--   wireshark -X lua_script:netflight.lua shop.pcapng        once
--   cp netflight.lua ~/.local/lib/wireshark/plugins/         always
--
-- The fields are read from the packet's comments, whose keys docs/pcapng.md describes. Only comments that begin with
-- "JavaThread:" are looked at.

local netflight = Proto("netflight", "Netflight")

local fields = {
    thread = ProtoField.string("netflight.thread", "Java thread"),
    thread_id = ProtoField.uint64("netflight.thread_id", "Java thread id"),
    kind = ProtoField.string("netflight.thread_kind", "Kind of thread", base.ASCII, "platform or virtual"),
    carrier = ProtoField.string("netflight.carrier", "Carrier", base.ASCII, "The thread that ran a virtual thread"),
    operation = ProtoField.string("netflight.operation", "Operation", base.ASCII, "Its kind, such as write"),
    operation_id = ProtoField.uint64("netflight.operation_id", "Operation id", base.DEC, nil, nil,
        "operationId of the JFR events"),
    bytes = ProtoField.uint64("netflight.operation_bytes", "Bytes of the operation in this packet"),
    attribution = ProtoField.string("netflight.attribution", "Attribution", base.ASCII, "exact or connection"),
    frame = ProtoField.string("netflight.frame", "Frame", base.ASCII, "The first frame that is not the JDK's"),
    stack = ProtoField.string("netflight.stack", "Stack", base.ASCII, "Each frame, from the leaf"),
    origin_thread = ProtoField.string("netflight.origin_thread", "Origin thread", base.ASCII,
        "Who handed the bytes to the writing thread"),
    origin_stack = ProtoField.string("netflight.origin_stack", "Origin stack", base.ASCII, "Each frame, from the leaf"),
}

netflight.fields = {}
for name, field in pairs(fields) do
    netflight.fields[name] = field
end

local comment_field = Field.new("frame.comment")

-- the keys of a comment that are one value each, and the kind of the value
local keys = {
    JavaThread = { fields.thread, tostring },
    JavaThreadId = { fields.thread_id, UInt64.new },
    JavaThreadKind = { fields.kind, tostring },
    Carrier = { fields.carrier, tostring },
    OperationBytes = { fields.bytes, UInt64.new },
    Attribution = { fields.attribution, tostring },
    OriginThread = { fields.origin_thread, tostring },
}

-- A frame of a named module begins with the module's name and a slash; an application's rarely does, and never with these.
local function is_jdk(frame)
    local module = frame:match("^([%w%.]+)/")
    return module ~= nil and (module:match("^java%.") or module:match("^jdk%.")) ~= nil
end

local function add_number(tree, field, text)
    if text:match("^%d+$") then
        tree:add(field, UInt64(text))
    end
end

local function add_comment(tree, comment)
    local thread = comment:match("^JavaThread: ?([^\n]*)") or ""
    local operation = comment:match("\nOperation: ([^\n]*)")
    local sub = tree:add(netflight, "Java thread " .. thread .. (operation and ", " .. operation or ""))
    local stack_field = nil
    local leaf, application = nil, nil
    for line in comment:gmatch("[^\n]+") do
        local frame = line:match("^\t(.*)$")
        if frame then
            if stack_field then
                sub:add(stack_field, frame)
            end
            if stack_field == fields.stack then
                leaf = leaf or frame
                if not application and not is_jdk(frame) then
                    application = frame
                end
            end
        else
            local key, value = line:match("^(%a+): ?(.*)$")
            stack_field = nil
            if key == "JavaStack" then
                stack_field = fields.stack
            elseif key == "OriginStack" then
                stack_field = fields.origin_stack
            elseif key == "Operation" then
                local kind, number = value:match("^(%a+) (%d+)$")
                if kind then
                    sub:add(fields.operation, kind)
                    add_number(sub, fields.operation_id, number)
                end
            elseif key and keys[key] then
                local field, kind = keys[key][1], keys[key][2]
                if kind == tostring then
                    sub:add(field, value)
                else
                    add_number(sub, field, value)
                end
            end
        end
    end
    if application or leaf then
        sub:add(fields.frame, application or leaf)
    end
end

function netflight.dissector(buffer, packet, tree)
    local root = nil
    for _, info in ipairs({ comment_field() }) do
        local comment = tostring(info.value)
        if comment:sub(1, 11) == "JavaThread:" then
            root = root or tree:add(netflight, "Netflight")
            add_comment(root, comment)
        end
    end
end

-- after all others, and for every packet, also where no column or filter of ours is in use
register_postdissector(netflight, true)
