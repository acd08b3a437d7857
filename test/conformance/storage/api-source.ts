import { ConfigMap } from '../../../src/api/core/v1/config-map.ts'
import { Secret } from '../../../src/api/core/v1/secret.ts'
import type { Client } from '../../../src/client/client.ts'

type Data = Readonly<Record<string, string>>

interface FileOptions {
  readonly items?: readonly {
    readonly key: string
    readonly path: string
    readonly mode?: number
  }[]
  readonly defaultMode?: number
  readonly optional?: boolean
}

/** A kind of object whose data can be a volume. */
export interface ApiSource {
  create(client: Client, key: ObjectName, data: Data): Promise<unknown>
  update(client: Client, key: ObjectName, data: Data): Promise<unknown>
  remove(client: Client, key: ObjectName): Promise<unknown>
  /** The source of a volume, such as `{ configMap: { name } }`. */
  volume(name: string, options?: FileOptions): object
}

interface ObjectName {
  readonly namespace: string
  readonly name: string
}

export const configMaps: ApiSource = {
  create: (client, metadata, data) => client.create(ConfigMap, { metadata, data }),
  update: (client, key, data) => client.patch(ConfigMap, key, 'merge', { data }),
  remove: (client, key) => client.delete(ConfigMap, key),
  volume: (name, options) => ({ configMap: { name, ...options } }),
}

export const secrets: ApiSource = {
  create: (client, metadata, stringData) => client.create(Secret, { metadata, stringData }),
  update: (client, key, stringData) => client.patch(Secret, key, 'merge', { stringData }),
  remove: (client, key) => client.delete(Secret, key),
  volume: (secretName, options) => ({ secret: { secretName, ...options } }),
}

/** The same as one source of a projected volume. */
export function projected(source: ApiSource): ApiSource {
  return {
    ...source,
    volume(name, { defaultMode, ...options } = {}) {
      const [[kind, own] = ['', {}]] = Object.entries(source.volume(name, options))
      const { secretName, ...rest } = own as { readonly secretName?: string }
      const sources = [{ [kind]: { ...rest, name: secretName ?? name } }]
      return { projected: { sources, ...(defaultMode !== undefined && { defaultMode }) } }
    },
  }
}
