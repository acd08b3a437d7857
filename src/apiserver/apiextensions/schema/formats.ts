import ipaddr from 'ipaddr.js'
import { isCidr, isDate, isDateTime, isDuration } from './format-values.ts'
import { isCreditCard, isIsbn10, isIsbn13 } from './format-checksums.ts'
import { compilePattern } from './patterns.ts'

type Test = (text: string) => boolean

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const UUID3 = /^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const UUID4 = /^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i
const UUID5 = /^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i
const BASE64 =
  /^(?:[A-Za-z0-9+\\/]{4})*(?:[A-Za-z0-9+\\/]{2}==|[A-Za-z0-9+\\/]{3}=|[A-Za-z0-9+\\/]{4})$/
const RGB_PART = String.raw`\s*(?:0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*`
const RGB = new RegExp(String.raw`^rgb\(${RGB_PART},${RGB_PART},${RGB_PART}\)$`)
const MAC =
  /^(?:[0-9a-f]{2}(?::[0-9a-f]{2}){5}|[0-9a-f]{2}(?::[0-9a-f]{2}){7}|[0-9a-f]{2}(?::[0-9a-f]{2}){19}|[0-9a-f]{2}(?:-[0-9a-f]{2}){5}|[0-9a-f]{2}(?:-[0-9a-f]{2}){7}|[0-9a-f]{2}(?:-[0-9a-f]{2}){19}|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}|[0-9a-f]{4}(?:\.[0-9a-f]{4}){3}|[0-9a-f]{4}(?:\.[0-9a-f]{4}){9})$/i
const EMAIL = /^(?:[^<>]*<)?[\w.!#$%&'*+/=?^`{|}~-]+@(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[^\]]+\])>?$/i
const HOSTNAME = String.raw`^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z\p{L}]){2,63})$`
const LABEL = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?'
const SHORT_NAME = new RegExp(`^${LABEL}$`)
const LONG_NAME = new RegExp(String.raw`^${LABEL}(?:\.${LABEL})*$`)

/** The formats of strings that Kubernetes checks, by their names without hyphens. Others say nothing. */
const FORMATS: Readonly<Record<string, Test>> = {
  bsonobjectid: (text) => /^[0-9a-f]{24}$/i.test(text),
  uri: isRequestUri,
  email: (text) => EMAIL.test(text),
  hostname: isHostname,
  ipv4: (text) => ipaddr.IPv4.isValidFourPartDecimal(text),
  ipv6: (text) => text.includes(':') && ipaddr.IPv6.isValid(text) && !text.includes('%'),
  cidr: isCidr,
  mac: (text) => MAC.test(text),
  uuid: (text) => UUID.test(text),
  uuid3: (text) => UUID3.test(text),
  uuid4: (text) => UUID4.test(text),
  uuid5: (text) => UUID5.test(text),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: isCreditCard,
  ssn: (text) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  hexcolor: (text) => /^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/.test(text),
  rgbcolor: (text) => RGB.test(text),
  byte: (text) => BASE64.test(text),
  password: () => true,
  date: isDate,
  duration: isDuration,
  datetime: isDateTime,
  k8sshortname: (text) => text.length <= 63 && SHORT_NAME.test(text),
  k8slongname: (text) => text.length <= 253 && LONG_NAME.test(text),
}

/** The test of a format of strings; undefined where it is not known. */
export function formatTest(format: string): Test | undefined {
  const name = format.replaceAll('-', '')
  return Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined
}

// An absolute URI, or an absolute path (Go's net/url.ParseRequestURI).
function isRequestUri(text: string): boolean {
  if (/[\0-\x20\x7F]/.test(text) || /%(?![0-9a-fA-F]{2})/.test(text)) return false
  return text.startsWith('/') || (/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text) && URL.canParse(text))
}

/** Compiled when it is needed first: that takes as long as to load a hundred files. */
let hostname: Test | undefined

function isHostname(text: string): boolean {
  hostname ??= compilePattern(HOSTNAME)
  return hostname(text) && text.length <= 255 && text.split('.').every((each) => each.length <= 63)
}
