// Reads documents in hex, one a line; writes each in the canonical form of differential.py.
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"sort"
	"strings"
)

func canonical(value any) string {
	switch v := value.(type) {
	case nil:
		return "n"
	case bool:
		if v {
			return "t"
		}
		return "f"
	case float64:
		if v == 0 {
			v = 0
		}
		return fmt.Sprintf("d%016x", math.Float64bits(math.Abs(v)*sign(v)))
	case string:
		return "s" + hex.EncodeToString([]byte(v))
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = canonical(item)
		}
		return "[" + strings.Join(items, ",") + "]"
	case map[string]any:
		items := make([]string, 0, len(v))
		for key, item := range v {
			items = append(items, hex.EncodeToString([]byte(key))+":"+canonical(item))
		}
		sort.Strings(items)
		return "{" + strings.Join(items, ",") + "}"
	}
	panic("a type that JSON does not have")
}

func sign(v float64) float64 {
	if v < 0 {
		return -1
	}
	return 1
}

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		body, err := hex.DecodeString(lines.Text())
		if err != nil {
			panic(err)
		}
		var value any
		if err := json.Unmarshal(body, &value); err != nil {
			fmt.Println("error", err)
			continue
		}
		fmt.Println(canonical(value))
	}
}
