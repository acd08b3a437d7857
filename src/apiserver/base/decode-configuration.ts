import { messageSchema } from '../../apimachinery/body-schema.ts'
import { type GroupVersionKind, parseApiVersion } from '../../apimachinery/gvk.ts'
import { isJsonObject, type JsonObject } from '../../apimachinery/patch/json-object.ts'
import { parseYamlDocuments } from '../../apimachinery/yaml.ts'
import type { MessageClass } from '../../schema/message.ts'

/** The group of the configuration files of the API server. */
export const CONFIGURATION_GROUP = 'apiserver.config.k8s.io'

export interface ConfigurationKind {
  /** The API server's configuration group where absent. */
  readonly group?: string
  readonly kind: string
  /** All have one form. */
  readonly versions: readonly string[]
}

/**
 * Reads a configuration file, YAML or JSON, as strictly as Kubernetes does: what is unknown or said twice is an error.
 * Throws an Error that names all of it.
 */
export function decodeConfiguration<T>(
  text: string,
  type: MessageClass & (new () => T),
  { group: expected = CONFIGURATION_GROUP, kind, versions }: ConfigurationKind,
): T {
  const [document] = parseYamlDocuments(text)
  const value = document?.value
  const said = isJsonObject(value) ? value : {}
  const { apiVersion: saidVersion } = said
  const { group, version } = parseApiVersion(typeof saidVersion === 'string' ? saidVersion : '')
  if (said['kind'] !== kind || group !== expected || !versions.includes(version)) {
    const [apiVersion, name] = [saidVersion ?? '', said['kind'] ?? ''].map((each) =>
      JSON.stringify(each),
    )
    throw new Error(`no kind ${name} is registered for version ${apiVersion}`)
  }
  const { apiVersion: _version, kind: _kind, ...fields } = said
  return decodeFields(document?.duplicates ?? [], fields, type, { group, version, kind })
}

/** The same for a file that says no kind. */
export function decodeKindless<T>(text: string, type: MessageClass & (new () => T)): T {
  const [document] = parseYamlDocuments(text)
  const value = document?.value
  const fields = isJsonObject(value) ? value : {}
  return decodeFields(document?.duplicates ?? [], fields, type, {
    group: '',
    version: '',
    kind: '',
  })
}

function decodeFields<T>(
  duplicates: readonly string[],
  fields: JsonObject,
  type: MessageClass & (new () => T),
  gvk: GroupVersionKind,
): T {
  const schema = messageSchema(type, gvk)
  const problems = [...duplicates, ...schema.strictProblems(fields)]
  if (problems.length > 0) throw new Error(`strict decoding error: ${problems.join(', ')}`)
  return schema.decode(fields).object as T
}
