import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { celEnvironment, compileCel, toJson } from '../index.ts'

const ENVIRONMENT = celEnvironment()

/** The result as JSON, or what was wrong. */
function evaluate(source: string): unknown {
  const compiled = compileCel(source, ENVIRONMENT)
  if (!compiled.ok) return compiled.issues[0]?.message ?? compiled.message
  const result = compiled.program.evaluate({}, { costLimit: 10_000_000 })
  return result.ok ? toJson(result.value) : result.error
}

function cases(name: string, table: Readonly<Record<string, unknown>>): void {
  test(name, () => {
    for (const [source, wanted] of Object.entries(table)) {
      assert.deepEqual(evaluate(source), wanted, source)
    }
  })
}

cases('lists', {
  '[1, 2, 2, 3].isSorted()': true,
  '["b", "a"].isSorted()': false,
  '[].isSorted()': true,
  '[1, 2, 3].sum()': 6,
  '[duration("1m"), duration("1s")].sum() == duration("61s")': true,
  '[1.5, 2.0].sum()': 3.5,
  '["a"].sum()': "found no matching overload for 'sum' applied to 'list(string).()'",
  '[3, 1, 2].min()': 1,
  '["b", "c", "a"].max()': 'c',
  '[1, 2].filter(x, x > 2).max()': 'max called on empty list',
  '[1, 2, 2].indexOf(2)': 1,
  '[1, 2, 2].lastIndexOf(2)': 2,
  '[1, 2].indexOf(5)': -1,
  '[1, 2, 3, 4].slice(1, 3)': [2, 3],
  '[1].slice(0, 2)': 'cannot slice(0, 2), list is length 1',
  '[[1, 2], [3]].flatten()': [1, 2, 3],
  '[1, 1, 2].distinct()': [1, 2],
  '[3, 1, 2].sort()': [1, 2, 3],
  '["bb", "a"].sortBy(s, s.size())': ['a', 'bb'],
  'lists.range(3)': [0, 1, 2],
  '[1, 2].reverse()': [2, 1],
  '[1, 2].first().value()': 1,
  '[1, 2].last().orValue(0)': 2,
  'sets.contains([1, 2], [2])': true,
  'sets.equivalent([1, 1], [1])': true,
  'sets.intersects([1], [2])': false,
})

cases('regular expressions', {
  '"abc 123".find("[0-9]+")': '123',
  '"abc".find("[0-9]+")': '',
  '"123 abc 456".findAll("[0-9]+")': ['123', '456'],
  '"123 abc 456".findAll("[0-9]+", 1)': ['123'],
  '"a".matches("[")': 'invalid matches argument',
})

cases('URLs', {
  'isURL("https://user:pass@example.com:80/path?query=val#fragment")': true,
  'isURL("/absolute-path")': true,
  'isURL("../relative-path")': false,
  'isURL("https://a:b:c/")': false,
  'url("https://[::1]:80/x").getHostname()': '::1',
  'url("https://[::1]:80/x").getHost()': '[::1]:80',
  'url("https://example.com:80/").getPort()': '80',
  'url("/path").getScheme()': '',
  'url("https://example.com/path with spaces/").getEscapedPath()': '/path%20with%20spaces/',
  'url("https://example.com/path?k1=a&k2=b&k2=c").getQuery()': { k1: ['a'], k2: ['b', 'c'] },
  'url("https://example.com/path?#frag").getQuery()': {},
  'url("../x")':
    'URL parse error during conversion from string: parse "../x": invalid URI for request',
  'url("https://a/#b") == url("https://a/#b")': true,
})

cases('quantities', {
  'isQuantity("20")': true,
  'isQuantity("20 Mo")': false,
  'quantity("50k").isInteger()': true,
  'quantity("0.3").isInteger()': false,
  'quantity("50k").asInteger()': 50000,
  'quantity("9999999999999999999999999999999999999G").asInteger()':
    'cannot convert value to integer',
  'quantity("200M") == quantity("0.2G")': true,
  'quantity("50k").add(20) == quantity("50020")': true,
  'quantity("50k").sub(quantity("20k")).sub(50).asInteger()': 29950,
  'sign(quantity("-1"))': -1,
  'quantity("1Gi").isGreaterThan(quantity("1G"))': true,
  'quantity("1").compareTo(quantity("2"))': -1,
  'quantity("0.5").asApproximateFloat()': 0.5,
  'quantity("x")':
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
})

cases('addresses', {
  'isIP("127.0.0.1")': true,
  'isIP("127.0.0.01")': false,
  'isIP("::ffff:1.2.3.4")': false,
  'isIP("fe80::1%eth0")': false,
  'ip("fe80::1%eth0")': 'IP address "fe80::1%eth0" with zone value is not allowed',
  'ip("::ffff:1.2.3.4")': 'IPv4-mapped IPv6 address "::ffff:1.2.3.4" is not allowed',
  'ip("1.2.3.400")':
    'IP Address "1.2.3.400" parse error during conversion from string: ParseAddr("1.2.3.400"): IPv4 field has value >255',
  'ip("2001:db8::abcd").family()': 6,
  'ip.isCanonical("2001:DB8::ABCD")': false,
  'ip("127.0.0.1") == ip("127.0.0.1")': true,
  'string(ip("2001:DB8::1"))': '2001:db8::1',
  'ip("127.0.0.1").isLoopback()': true,
  'ip("0.0.0.0").isUnspecified()': true,
  'ip("ff02::1").isLinkLocalMulticast()': true,
  'ip("169.254.169.254").isLinkLocalUnicast()': true,
  'ip("192.168.0.1").isGlobalUnicast()': true,
  'ip("255.255.255.255").isGlobalUnicast()': false,
  'type(ip("1.1.1.1")) == net.IP': true,
  'isCIDR("192.168.0.0/24")': true,
  'isCIDR("192.168.0.0/33")': false,
  'cidr("192.168.0.0/24").containsIP("192.168.0.1")': true,
  'cidr("192.168.0.0/24").containsIP(ip("192.168.1.1"))': false,
  'cidr("192.168.0.0/24").containsIP("x")':
    'IP Address "x" parse error during conversion from string: ParseAddr("x"): unable to parse IP',
  'cidr("192.168.0.0/16").containsCIDR("192.168.10.0/24")': true,
  'cidr("192.168.0.0/24").containsCIDR(cidr("192.168.0.0/23"))': false,
  'string(cidr("192.168.0.1/24").masked())': '192.168.0.0/24',
  'cidr("192.168.0.1/24") == cidr("192.168.0.0/24")': false,
  'cidr("::1/128").prefixLength()': 128,
  'string(cidr("10.0.0.1/8").ip())': '10.0.0.1',
})

cases('versions', {
  'isSemver("1.0.0-alpha.1+build")': true,
  'isSemver("v1.0")': false,
  'isSemver("v01.01", true)': true,
  'isSemver("v1.0-alpha", true)': false,
  'semver("v1.1", true) == semver("1.1.0")': true,
  'semver("1.0.0-alpha").isLessThan(semver("1.0.0"))': true,
  'semver("1.0.0-rc.10").isGreaterThan(semver("1.0.0-rc.9"))': true,
  'semver("1.2.3+a").compareTo(semver("1.2.3+b"))': 0,
  'semver("1.2.3").minor()': 2,
  'semver("1.2")': 'No Major.Minor.Patch elements found',
  'semver("01.2.3")': 'Major number must not contain leading zeroes "01"',
})

cases('named formats', {
  'format.dns1123Label().validate("my-label-name")': null,
  'format.dns1123Label().validate("contains.dots").value().size()': 1,
  'format.named("dns1035LabelPrefix").value().validate("test-")': null,
  'format.named("unknown").hasValue()': false,
  'format.uuid().validate("x").value()': ['does not match the UUID format'],
  'format.date().validate("2026-02-30").value()': ['invalid date'],
  'format.datetime().validate("2026-01-01T00:00:00Z")': null,
  'format.byte().validate("aGk=")': null,
  'format.uri().validate("x").value()': ['parse "x": invalid URI for request'],
  'format.qualifiedName().validate("example.com/name")': null,
  'format.dns1123Label() == format.dns1035Label()': false,
})

cases('text', {
  '"%s has %s".format(["a", "b"])': 'a has b',
  '"%d%%".format([5])': '5%',
  '"%.2f".format([12345.678])': '12,345.68',
  '"%e".format([1052.0])': '1.052000\u202f×\u202f10⁰³',
  '"%x %X %o %b".format([255, 255, 8, 5])': 'ff FF 10 101',
  '"%s".format([["a"]])': '["a"]',
  '"%d".format(["a"])':
    'error during formatting: decimal clause can only be used on integers, was given string',
  '"%s".format([])': 'index 0 out of range',
  '"%s".format(["a", "b"])': 'too many arguments supplied to string.format (expected 1, got 2)',
  '"%z".format([1])': 'could not parse formatting clause: unrecognized formatting clause "z"',
  '"tacocat".substring(0, 3)': 'tac',
  '"a,b,c".split(",", 2)': ['a', 'b,c'],
  '["a", "b"].join("-")': 'a-b',
  'strings.quote("a\\n\\"")': '"a\\n\\""',
  'jsonpatch.escapeKey("a/b~c")': 'a~1b~0c',
  'duration("1 hour")': 'invalid duration argument',
  'timestamp("yesterday")': 'invalid timestamp argument',
})

cases('optional values and loops over two variables', {
  '{"a": {"b": 1}}.?a.b.orValue(0)': 1,
  '{"a": 1}.?b.hasValue()': false,
  '[1, 2][?5].orValue(7)': 7,
  'optional.of(2).optMap(x, x * 2).value()': 4,
  'optional.none().optFlatMap(x, optional.of(x)).hasValue()': false,
  '{?"a": optional.none(), "b": 1}': { b: 1 },
  '[1, 2].transformList(i, v, i + v)': [1, 3],
  '{"a": 1}.transformMap(k, v, v + 1)': { a: 2 },
  '{"a": "x"}.transformMapEntry(k, v, {v: k})': { x: 'a' },
  '[1, 1].transformMapEntry(i, v, {v: i})': 'insert failed: key 1 already exists',
  '{"a": 1, "b": 2}.exists(k, v, k == "b" && v == 2)': true,
  'cel.bind(x, 1, x)': "undeclared reference to 'cel' (in container '')",
})
