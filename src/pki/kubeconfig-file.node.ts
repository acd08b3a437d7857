import { mkdir, readFile, realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type * as yaml from 'yaml'
import { writeFileAtomic } from '../base/atomic-file.node.ts'
import {
  type KubeconfigEntry,
  kubeconfigParts,
  kubeconfigYaml,
  type NamedPart,
} from './kubeconfig.ts'

const SECRET_MODE = 0o600
const DIRECTORY_MODE = 0o700

/** Writes a kubeconfig of its own for one cluster. Its reader may do all that the user may. */
export async function writeKubeconfig(path: string, entry: KubeconfigEntry): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: DIRECTORY_MODE })
  await writeFileAtomic(path, kubeconfigYaml(entry), { mode: SECRET_MODE })
}

/**
 * Puts a context with its cluster and user into a kubeconfig that may hold others, replaces those of the same name, and
 * makes it the current one. All else in the file stays, comments too. Throws an Error of one sentence, and leaves the
 * file alone, when it is no kubeconfig.
 */
export async function mergeKubeconfig(path: string, entry: KubeconfigEntry): Promise<void> {
  const target = await followLinks(path)
  const parser = await loadParser()
  const document = await parseKubeconfig(path, parser)
  if (!document) return writeKubeconfig(target, entry)

  for (const part of Object.values(kubeconfigParts(entry))) putNamed(document, part, parser)
  document.set('current-context', entry.context)
  await replaceDocument(target, document)
}

/**
 * Replaces cluster and user of an entry in a kubeconfig that has them, for the same server; a file without them, or that
 * is gone, is left alone. Throws as `mergeKubeconfig()` does.
 */
export async function renewKubeconfig(path: string, entry: KubeconfigEntry): Promise<void> {
  const target = await followLinks(path)
  const parser = await loadParser()
  const document = await parseKubeconfig(path, parser)
  const { cluster, user } = kubeconfigParts(entry)
  if (!document || !namedOf(document, user, parser)) return
  if (namedOf(document, cluster, parser)?.getIn(['cluster', 'server']) !== entry.server) return
  putNamed(document, cluster, parser)
  putNamed(document, user, parser)
  await replaceDocument(target, document)
}

// As it was but for its text: whose it is and who may read it too.
async function replaceDocument(path: string, document: yaml.Document): Promise<void> {
  const { gid, mode, uid } = await stat(path)
  const options = { mode: mode & 0o777, ...(process.getuid?.() === 0 && { owner: { uid, gid } }) }
  await writeFileAtomic(path, document.toString({ lineWidth: 0 }), options)
}

/** Throws what `mergeKubeconfig()` would, and changes nothing. */
export async function checkKubeconfig(path: string): Promise<void> {
  await parseKubeconfig(path, await loadParser())
}

type Yaml = typeof yaml

/** Loaded late: only who asks for a merge needs it. */
function loadParser(): Promise<Yaml> {
  return import('yaml')
}

/** Undefined where there is no file, or nothing in it. */
async function parseKubeconfig(
  path: string,
  parser: Yaml,
): Promise<yaml.Document.Parsed | undefined> {
  const text = await readOrNothing(path)
  if (text === undefined || text.trim() === '') return undefined
  const document = parser.parseDocument(text)
  const problem = problemOf(document, parser)
  if (problem !== undefined) throw new Error(`Cannot merge into the kubeconfig ${path}: ${problem}`)
  return document
}

function problemOf(document: yaml.Document.Parsed, { isMap, isSeq }: Yaml): string | undefined {
  const [error] = document.errors
  if (error) return error.message.split('\n')[0]!.replace(/:$/, '')
  if (!isMap(document.contents)) return 'it is not a mapping'
  const kind: unknown = document.get('kind')
  if (kind !== undefined && kind !== 'Config')
    return `its kind is ${JSON.stringify(kind)}, not Config`
  const wrong = ['clusters', 'contexts', 'users'].find((name) => {
    const list: unknown = document.get(name)
    return list !== undefined && list !== null && !isSeq(list)
  })
  return wrong && `its field ${wrong} is not a list`
}

function namedOf(
  document: yaml.Document,
  part: NamedPart<string>,
  parser: Yaml,
): yaml.YAMLMap | undefined {
  const list: unknown = document.get(`${part.key}s`)
  if (!parser.isSeq(list)) return undefined
  const found = list.items[indexOfNamed(list, part, parser)]
  return parser.isMap(found) ? found : undefined
}

function indexOfNamed(list: yaml.YAMLSeq, { name }: NamedPart<string>, { isMap }: Yaml): number {
  return list.items.findIndex((each) => isMap(each) && each.get('name') === name)
}

function putNamed(document: yaml.Document, part: NamedPart<string>, parser: Yaml): void {
  const field = `${part.key}s`
  const item = document.createNode({ [part.key]: part.value, name: part.name })
  const list: unknown = document.get(field)
  if (!parser.isSeq(list)) return document.set(field, document.createNode([item]))
  const at = indexOfNamed(list, part, parser)
  if (at === -1) list.add(item)
  else list.items[at] = item
}

// A rename would replace a symbolic link, and the file behind it would stay as it was.
async function followLinks(path: string): Promise<string> {
  return realpath(path).catch(() => path)
}

async function readOrNothing(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
