import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanNumber, initials, limit } from "../src/numbers";

const cases: Array<[string, string]> = [
  ["600", "600"],
  [" 600\n", "600"],
  ["+49 (0)30 1234-56", "+4930123456"],
  ["(030) 12 34 56", "030123456"],
  ["0049 30/123.456", "004930123456"],
  ["tel:+1-201-555-0123", "+12015550123"],
  ["tel:+1-201-555-0123;ext=3", "+12015550123"],
  ["callto:1002", "1002"],
  ["sip:1002@example.test", "1002"],
  ["sip:1002@EXAMPLE.test;transport=ws", "1002"],
  ["sips:bob@other.example", "bob@other.example"],
  ["<sip:1002@example.test>", "1002"],
  ["sip:%2B4930@example.test", "+4930"],
  ["\u202a+49\u00a030\u200b1\u202c", "+49301"],
  ["４９３０", "4930"],
  ["+49\u201130\u20131", "+49301"],
  ["*43#", "*43#"],
  ["alice", "alice"],
  ["alice b", "aliceb"],
  ["", ""],
  ["   ", ""],
  ["@example.test", ""],
  ["a@b@c d", ""],
  ["<script>", "script"],
  ['"x"', ""],
  ["1".repeat(limit + 1), ""],
  ["%E0%A4%A", "%E0%A4%A"],
];

for (const [given, want] of cases) {
  test(`cleanNumber(${JSON.stringify(given.slice(0, 40))})`, () => assert.equal(cleanNumber(given, "example.test"), want));
}

test("initials come from the name, else from the number", () => {
  assert.equal(initials("Ann Archer", "1001"), "AA");
  assert.equal(initials("ben", "1002"), "B");
  assert.equal(initials("Maria del Carmen Ruiz", ""), "MR");
  assert.equal(initials("", "+49301"), "01");
  assert.equal(initials("", "*"), "?");
});
