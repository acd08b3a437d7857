import { strict as assert } from 'node:assert'
import { globSync, readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { MessageClass } from '../src/schema/message.ts'

const root = join(import.meta.dirname, '..')

/** The layers of src/, lowest first. Layers of one line do not import each other. */
const LAYERS = [
  ['base'],
  ['schema'],
  ['apimachinery'],
  ['api'],
  ['cel', 'grpc', 'pki', 'serving', 'streams'],
  ['client'],
  ['controller-runtime'],
  ['storage'],
  ['apiserver'],
  ['controllers', 'scheduler', 'kubelet', 'proxy', 'network', 'dns', 'simulation'],
  ['cluster'],
  ['cmd'],
]
/** These meet the API server through the API alone, and only it and what puts the parts together touch the store. */
const API_ONLY = ['controllers', 'scheduler', 'kubelet', 'proxy', 'network', 'dns', 'simulation']
/** What a file that is not `*.node.ts` must not use: Node.js itself, and time and chance that were not handed in. */
const PLATFORM =
  /from 'node:|import\('node:|\b(?:Buffer|process)\.\w|\b(?:setTimeout|setInterval|setImmediate)\(|\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bperformance\.now\(/
const LEFTOVERS = /\b(?:FIXME|TODO|XXX)\b/

const sources = globSync('src/**/*.ts', { cwd: root }).map((file) => ({
  file: normalize(file),
  text: readFileSync(join(root, file), 'utf8'),
}))
const isTest = (file: string): boolean =>
  file.endsWith('.test.ts') || /\/(?:testing|conformance)[^/]*\.ts$/.test(file)

test('imports only go up the layers', () => {
  const wrong = sources.flatMap(({ file, text }) =>
    isTest(file) ? [] : importsOf(file, text).flatMap((target) => problem(file, target) ?? []),
  )
  assert.deepEqual(wrong, [])
})

test('only *.node.ts files use Node.js, timers, the date or chance', () => {
  const wrong = sources.flatMap(({ file, text }) => {
    if (isTest(file) || file.endsWith('.node.ts')) return []
    const code = text.replaceAll(/\/\*[^]*?\*\/|(?<=\s)\/\/.*/g, '')
    const found = PLATFORM.exec(code)
    return found ? [`${file}: ${found[0]}`] : []
  })
  assert.deepEqual(wrong, [])
})

test('nothing is left to be done later without an issue', () => {
  const wrong = sources.filter(({ text }) => LEFTOVERS.test(text)).map(({ file }) => file)
  assert.deepEqual(wrong, [])
})

test('no two fields of a message share a protobuf tag', async () => {
  const wrong: string[] = []
  for (const file of globSync('src/api/*/*/*.ts', { cwd: root })) {
    if (isTest(file)) continue
    const module = (await import(pathToFileURL(join(root, file)).href)) as Record<string, unknown>
    for (const value of Object.values(module)) {
      if (isMessage(value)) wrong.push(...sharedTags(value))
    }
  }
  assert.deepEqual(wrong, [])
})

function importsOf(file: string, text: string): string[] {
  const imports = text.matchAll(/(?:from|import\(|import) ?'(\.[^']+)'/g)
  return [...imports].map(([, path]) => normalize(join(file, '..', path!)))
}

function problem(file: string, target: string): string | undefined {
  const [from, to] = [layerOf(file), layerOf(target)]
  if (from === undefined || to === undefined || from === to) return undefined
  if (API_ONLY.includes(from) && (to === 'storage' || to === 'apiserver'))
    return `${file} imports ${to}`
  return levelOf(to) < levelOf(from) ? undefined : `${file} imports ${to}`
}

function layerOf(file: string): string | undefined {
  const [top, folder, below] = file.split('/')
  return top === 'src' && below !== undefined ? folder : undefined
}

function levelOf(layer: string): number {
  const level = LAYERS.findIndex((each) => each.includes(layer))
  assert.notEqual(level, -1, `${layer} is no layer: add it to the list above`)
  return level
}

function isMessage(value: unknown): value is MessageClass {
  return (
    typeof value === 'function' && Object.hasOwn(Object.getPrototypeOf(value) as object, 'fields')
  )
}

function sharedTags(message: MessageClass): string[] {
  const seen = new Map<string, string>()
  const wrong: string[] = []
  for (const [name, { info }] of Object.entries(message.fields)) {
    if (info.tag === 0) continue
    const wire = [...(info.within ?? []), info.tag].join('.')
    const other = seen.get(wire)
    if (other !== undefined)
      wrong.push(`${message.info.package}.${message.name}: ${other} and ${name} share tag ${wire}`)
    seen.set(wire, name)
  }
  return wrong
}
