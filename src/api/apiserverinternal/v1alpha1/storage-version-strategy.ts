import {
  dns1035LabelProblems,
  dns1123SubdomainProblems,
  qualifiedNameProblems,
  regexText,
  type Problems,
} from '../../../apimachinery/names.ts'
import { invalid, required, type FieldError } from '../../../schema/field-error.ts'
import type { ResourceClass } from '../../../schema/resource.ts'
import { statusPreparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { eachAt, NONE, orNull, problemsAt } from '../../validation/rules.ts'
import type {
  ServerStorageVersion,
  StorageVersion,
  StorageVersionCondition,
  StorageVersionStatus,
} from './storage-version.ts'

/** The rules of StorageVersions (pkg/registry/apiserverinternal/storageversion/strategy.go). */
export function storageVersionStrategy(
  type: ResourceClass<StorageVersion>,
): Strategy<StorageVersion> {
  return {
    ...statusPreparation(type),
    validateName: nameProblems,
    validateCreate: ({ status }) => validateStatus(status, 'status'),
    // The spec is empty.
    validateUpdate: () => NONE,
    status: statusStrategy(({ status }) => validateStatus(status, 'status')),
    allowUnconditionalUpdate: false,
  }
}

function nameProblems(name: string): Problems {
  const dot = name.lastIndexOf('.')
  if (dot === -1) return ['name must be in the form of <group>.<resource>']
  return [
    ...dns1123SubdomainProblems(name.slice(0, dot)).map((each) => `the group segment ${each}`),
    ...dns1035LabelProblems(name.slice(dot + 1)).map((each) => `the resource segment ${each}`),
  ]
}

function validateStatus(status: StorageVersionStatus, path: string): FieldError[] {
  return [
    ...eachAt(status.storageVersions, `${path}.storageVersions`, validateServer),
    ...validateCommonVersion(status, `${path}.commonEncodingVersion`),
    // Upstream leaves the name of the list out.
    ...eachAt(status.conditions, path, (condition, at, i) =>
      validateCondition(condition, at, status.conditions!.slice(0, i)),
    ),
  ]
}

// Typed as complete, yet only validation sees to that.
function validateServer(server: Partial<ServerStorageVersion>, path: string): FieldError[] {
  const { apiServerID: id = '', encodingVersion = '', decodableVersions = [] } = server
  const decodable = `${path}.decodableVersions`
  return [
    ...problemsAt(`${path}.apiServerID`, id, dns1123SubdomainProblems(id)),
    ...validateVersion(encodingVersion, `${path}.encodingVersion`),
    ...eachAt(decodableVersions, decodable, validateVersion),
    ...(decodableVersions.includes(encodingVersion)
      ? NONE
      : [
          invalid(
            decodable,
            decodableVersions,
            `decodableVersions must include encodingVersion ${encodingVersion}`,
          ),
        ]),
  ]
}

function validateVersion(version: string, path: string): FieldError[] {
  const problems = apiVersionProblems(version)
  return problems.length === 0 ? NONE : [invalid(path, version, problems.join(','))]
}

const VERSION_TEXT =
  "a DNS-1035 label, which must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character"

function apiVersionProblems(text: string): Problems {
  const parts = text.split('/')
  if (parts.length > 2) {
    const explained = regexText(VERSION_TEXT, '[a-z]([-a-z0-9]*[a-z0-9])?', 'my-name', 'abc-123')
    return [
      `an apiVersion is ${explained} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyVersion')`,
    ]
  }
  const version = parts.at(-1)!
  return [
    ...(parts.length === 2 ? partProblems('group', parts[0]!, dns1123SubdomainProblems) : []),
    ...partProblems('version', version, dns1035LabelProblems),
  ]
}

function partProblems(part: string, text: string, problems: (text: string) => Problems): Problems {
  const found = text === '' ? ['must be non-empty'] : problems(text)
  return found.map((each) => `${part} part: ${each}`)
}

/** The common version is told exactly where all servers agree. */
function validateCommonVersion(
  { storageVersions = [], commonEncodingVersion: told }: StorageVersionStatus,
  path: string,
): FieldError[] {
  const versions = new Set(storageVersions.map(versionOf))
  const actual = versions.size === 1 ? [...versions][0] : undefined
  if (actual === told) return NONE
  if (actual === undefined) {
    const text =
      'should be nil if servers do not agree on the same encoding version, or if there is no server reporting the supported versions yet'
    return [invalid(path, told, text)]
  }
  const text = told === undefined ? 'the common' : 'the actual common'
  return [invalid(path, orNull(told), `${text} encoding version is ${actual}`)]
}

function versionOf({ encodingVersion }: Partial<ServerStorageVersion>): string {
  return encodingVersion ?? ''
}

function validateCondition(
  { type, status, reason, message }: StorageVersionCondition,
  path: string,
  before: readonly StorageVersionCondition[],
): FieldError[] {
  const first = before.findLastIndex((each) => each.type === type)
  const text = `the type of the condition is not unique, it also appears in conditions[${first}]`
  return [
    ...(first === -1 ? NONE : [invalid(`${path}.type`, type, text)]),
    ...problemsAt(`${path}.type`, type, qualifiedNameProblems(type)),
    ...problemsAt(`${path}.status`, type, qualifiedNameProblems(status)),
    ...(reason ? NONE : [required(`${path}.reason`, 'reason cannot be empty')]),
    ...(message ? NONE : [required(`${path}.message`, 'message cannot be empty')]),
  ]
}
