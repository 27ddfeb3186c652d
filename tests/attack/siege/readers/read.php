<?php
// Reads documents in hex, one a line; writes each in the canonical form of differential.py.
function canonical($value): string {
    if ($value === null) return "n";
    if (is_bool($value)) return $value ? "t" : "f";
    if (is_int($value) || is_float($value)) return "d" . bin2hex(pack("E", $value == 0 ? 0.0 : (float) $value));
    if (is_string($value)) return "s" . bin2hex($value);
    if (is_array($value)) return "[" . implode(",", array_map("canonical", $value)) . "]";
    $items = [];
    foreach (get_object_vars($value) as $key => $item) $items[] = bin2hex((string) $key) . ":" . canonical($item);
    sort($items, SORT_STRING);
    return "{" . implode(",", $items) . "}";
}
foreach (explode("\n", file_get_contents($argv[1])) as $line) {
    echo canonical(json_decode(hex2bin($line), false, 512, JSON_THROW_ON_ERROR)), "\n";
}
