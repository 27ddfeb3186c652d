# Reads documents in hex, one a line; writes each in the canonical form of differential.py.
require "json"

def canonical(value)
  case value
  when nil then "n"
  when true then "t"
  when false then "f"
  when Numeric then "d" + [value.zero? ? 0.0 : value.to_f].pack("G").unpack1("H*")
  when String then "s" + value.b.unpack1("H*")
  when Array then "[" + value.map { |item| canonical(item) }.join(",") + "]"
  else "{" + value.map { |key, item| key.b.unpack1("H*") + ":" + canonical(item) }.sort.join(",") + "}"
  end
end

File.foreach(ARGV[0], chomp: true) do |line|
  puts canonical(JSON.parse([line].pack("H*").force_encoding("UTF-8"), max_nesting: 200))
end
