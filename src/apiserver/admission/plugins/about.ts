import type { ResourceClass } from '../../../schema/resource.ts'
import type { AdmissionAttributes } from '../plugin.ts'

/** Whether a request is about objects of this kind themselves, or about one of their subresources. */
export function isAbout(
  { type, subresource }: AdmissionAttributes,
  { resource }: ResourceClass,
  about = '',
): boolean {
  const { group, plural } = type.resource
  return group === resource.group && plural === resource.plural && subresource === about
}

/** The object of a request that is known to be of this kind. */
export function objectOf<T>(attributes: AdmissionAttributes, _type: ResourceClass<T>): T {
  return attributes.object as T
}

/** As `objectOf()`: what is stored now. */
export function oldObjectOf<T>(attributes: AdmissionAttributes, _type: ResourceClass<T>): T {
  return attributes.oldObject as T
}

type Admitted = Readonly<Record<string, unknown>>

/** The object as a plugin hands it on. */
export function admitted(object: unknown): Admitted {
  return object as Admitted
}

/** What a plugin hands on that has nothing to change; a deletion has no object. */
export function unchanged({ object = {} }: AdmissionAttributes): Admitted {
  return object
}
