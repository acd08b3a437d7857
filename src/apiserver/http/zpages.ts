import type { Clock } from '../../base/clock.ts'
import { timestamp } from '../../base/clock.ts'
import { JSON_TYPE } from '../../apimachinery/media-types.ts'
import { encodeJson } from '../../schema/json.ts'
import type { HttpExchange } from '../../serving/exchange.ts'
import { utf8 } from '../base/bytes.ts'
import type { PathHandler, Route } from './router.ts'
import type { VersionInfo } from './version.ts'

export interface ZPagesOptions {
  readonly clock: Clock
  readonly version: VersionInfo
  /** With which flags the component runs, by name without dashes. */
  readonly flags: Readonly<Record<string, string>>
  /** The paths that it answers. */
  readonly paths: readonly string[]
}

const COMPONENT = 'kube-apiserver'
const VERSIONS = ['v1beta1', 'v1alpha1']
const WARNING =
  'Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.'

/** `/statusz` and `/flagz`: what runs here, for people and for programs (KEP-4827, KEP-4828). */
export function zPages(options: ZPagesOptions): readonly Route[] {
  const { clock, flags } = options
  const startMs = clock.now()
  return [
    {
      path: '/statusz',
      handler: page('Statusz', {
        text: () => statusText(options, startMs),
        fields: () => statusFields(options, startMs),
      }),
    },
    {
      path: '/flagz',
      handler: page('Flagz', {
        text: () => flagsText(flags),
        fields: () => ({ flags }),
      }),
    },
  ]
}

interface Page {
  readonly text: () => string
  readonly fields: () => object
}

function page(kind: string, { text, fields }: Page): PathHandler {
  return (exchange) => {
    const version = structuredVersion(exchange, kind)
    if (version !== undefined) {
      const apiVersion = `config.k8s.io/${version}`
      const value = { kind, apiVersion, metadata: { name: COMPONENT }, ...fields() }
      exchange.respond(200, { 'content-type': JSON_TYPE }, utf8(encodeJson(value)))
    } else if (takesText(exchange)) {
      exchange.respond(200, { 'content-type': 'text/plain; charset=utf-8' }, utf8(text()))
    } else {
      exchange.respond(406, { 'content-type': 'text/plain' }, utf8('only text/plain is served\n'))
    }
  }
}

/** The version asked for with `application/json;v=v1beta1;g=config.k8s.io;as=Statusz`. */
function structuredVersion(exchange: HttpExchange, kind: string): string | undefined {
  for (const range of acceptedBy(exchange)) {
    const [type, ...parameters] = range.split(';').map((part) => part.trim())
    const given = Object.fromEntries(parameters.map((each) => each.split('=')))
    const version = String(given['v'])
    const isMeant = given['g'] === 'config.k8s.io' && given['as'] === kind
    if (type === JSON_TYPE && isMeant && VERSIONS.includes(version)) return version
  }
  return undefined
}

function takesText(exchange: HttpExchange): boolean {
  return acceptedBy(exchange).some((range) => /^(?:\*\/\*|text\/(?:\*|plain))/.test(range))
}

function acceptedBy({ headers }: HttpExchange): readonly string[] {
  const accept = String(headers['accept'] ?? '')
  return accept === '' ? ['*/*'] : accept.split(',').map((range) => range.trim())
}

function statusFields({ clock, version, paths }: ZPagesOptions, startMs: number): object {
  return {
    startTime: timestamp({ ...clock, now: () => startMs }),
    uptimeSeconds: upSeconds(clock, startMs),
    goVersion: version.goVersion,
    binaryVersion: version.gitVersion.slice(1),
    emulationVersion: `${version.emulationMajor}.${version.emulationMinor}`,
    paths,
  }
}

function statusText({ clock, version, paths }: ZPagesOptions, startMs: number): string {
  const seconds = upSeconds(clock, startMs)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  const started = new Date(startMs).toUTCString().replace('GMT', 'UTC')
  return [
    '',
    `${COMPONENT} statusz`,
    WARNING,
    '',
    `Started: ${started}`,
    `Up: ${hours} hr ${two(minutes)} min ${two(seconds % 60)} sec`,
    `Go version: ${version.goVersion}`,
    `Binary version: ${version.gitVersion.slice(1)}`,
    `Emulation version: ${version.emulationMajor}.${version.emulationMinor}`,
    `Paths: ${paths.join(' ')}`,
    '',
  ].join('\n')
}

function flagsText(flags: Readonly<Record<string, string>>): string {
  const lines = Object.entries(flags).map(([name, value]) => `${name}=${value}`)
  return ['', `${COMPONENT} flagz`, WARNING, '', ...lines.toSorted(), ''].join('\n')
}

function upSeconds(clock: Clock, startMs: number): number {
  return Math.floor((clock.now() - startMs) / 1000)
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
