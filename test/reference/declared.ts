import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openapiName, type MessageClass } from '../../src/schema/message.ts'
import type { ResourceClass } from '../../src/schema/resource.ts'
import { API_GROUPS, OPTIONAL_VERSIONS } from '../../src/api/resources.ts'

const API = join(import.meta.dirname, '..', '..', 'src', 'api')

/** Every message that is declared, the lists of kinds included, by OpenAPI name. */
export async function declaredMessages(): Promise<ReadonlyMap<string, MessageClass>> {
  const files = globSync('*/*/*.ts', { cwd: API }).filter((file) => !file.endsWith('.test.ts'))
  const messages = new Map<string, MessageClass>()
  for (const file of files) {
    const module = (await import(pathToFileURL(join(API, file)).href)) as object
    for (const message of Object.values(module).filter(isMessage)) {
      messages.set(openapiName(message), message)
      if (hasList(message)) messages.set(openapiName(message.list), message.list)
    }
  }
  return messages
}

function isMessage(value: unknown): value is MessageClass {
  return typeof value === 'function' && 'fields' in value && 'info' in value
}

function hasList(message: MessageClass): message is ResourceClass {
  return 'resource' in message && (message as ResourceClass).resource.verbs.includes('list')
}

/** The kinds that are served by default. */
export const defaultKinds: readonly ResourceClass[] = API_GROUPS.flatMap(({ versions }) =>
  versions.flatMap(({ resources }) => resources),
)

/** The kinds that can be switched on. */
export async function optionalKinds(): Promise<readonly ResourceClass[]> {
  const versions = await Promise.all(OPTIONAL_VERSIONS.map(({ load }) => load()))
  return versions.flatMap(({ resources }) => resources)
}
