import { CustomResourceDefinition } from '../../api/apiextensions/v1/custom-resource-definition.ts'
import type { StorageVersionMigration } from '../../api/storagemigration/v1beta1/storage-version-migration.ts'
import { timestamp } from '../../base/clock.ts'
import { createCatalog, type Catalog } from '../../client/catalog.ts'
import type { AnyObject } from '../../client/dynamic-class.ts'
import {
  controller,
  done,
  requeueAfter,
  type Controller,
  type Pass,
  type Result,
} from '../../controller-runtime/index.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { isOver, statusIn, type MigrationState } from './migration-conditions.ts'
import { rewriteAll } from './rewrite.ts'

type Migration = StorageVersionMigration
type Type = ResourceClass<AnyObject>
/** A migration, in the version of its kind that is served. */
type Known = readonly [ResourceClass<Migration>, Migration]

const NAME = 'storage-version-migrator-controller'
// A definition may be so new that it is not served yet.
const PATIENCE_MS = 60_000
const RECHECK_MS = 5000

/**
 * Writes every object of a resource anew, so that it is stored in the version, and encrypted with the key, in which
 * objects are stored now (KEP-4192).
 */
export function storageVersionMigrator(
  type: ResourceClass<Migration>,
  { builtIn }: { readonly builtIn: readonly ResourceClass[] },
): Controller {
  let catalog: Catalog | undefined

  return controller<Migration>(NAME, {
    for: type,
    reads: [CustomResourceDefinition],
    sources(context) {
      const created = createCatalog(builtIn, context.informers)
      catalog = created
      return created
    },

    async reconcile(migration, pass) {
      if (isOver(migration)) return done
      const { group, resource: plural } = migration.spec.resource
      const found = catalog
        ?.list()
        .find(({ resource }) => resource.group === group && resource.plural === plural)
      if (found) return migrate([type, migration], found, pass)
      const ageMs = pass.clock.now() - Date.parse(migration.metadata.creationTimestamp)
      if (ageMs < PATIENCE_MS) return requeueAfter(RECHECK_MS)
      return tell([type, migration], 'Failed', pass, 'resource not found')
    },
  })
}

async function migrate([type, migration]: Known, what: Type, pass: Pass): Promise<Result> {
  const begun = await begin([type, migration], what, pass)
  const definition = definitionOf(what, pass)
  const outcome = await rewriteAll(what, NAME, pass.client)
  if (outcome === 'failed')
    return tell([type, begun], 'Failed', pass, 'migration encountered unhandled error')
  if (definition) await tellDefinition(definition, pass)
  return tell([type, begun], 'Succeeded', pass)
}

async function tell(
  [type, migration]: Known,
  state: MigrationState,
  { client, clock }: Pass,
  message = '',
): Promise<Result> {
  const status = statusIn(migration.status, state, { now: timestamp(clock), message })
  await client.updateStatus(type, { ...migration, status })
  return done
}

/** Tells that a migration runs, and up to which version of the resource it will have come. */
async function begin(
  [type, migration]: Known,
  what: Type,
  { client, clock }: Pass,
): Promise<Migration> {
  const { resourceVersion } = await client.list(what, { limit: 1 })
  const status = statusIn({ resourceVersion, ...migration.status }, 'Running', {
    now: timestamp(clock),
  })
  return client.updateStatus(type, { ...migration, status })
}

/** The definition of a custom resource; undefined for built-in kinds. */
function definitionOf({ resource }: Type, { cache }: Pass): CustomResourceDefinition | undefined {
  return cache.get(CustomResourceDefinition, { name: `${resource.plural}.${resource.group}` })
}

/** Nothing is stored in any other version any more, unless the definition has changed meanwhile. */
async function tellDefinition(
  { metadata, spec }: CustomResourceDefinition,
  { client }: Pass,
): Promise<void> {
  const fresh = await client.get(CustomResourceDefinition, metadata)
  if (fresh.metadata.generation !== metadata.generation) return
  const { name } = spec.versions.find(({ storage }) => storage)!
  const { resourceVersion } = fresh.metadata
  const patch = { metadata: { resourceVersion }, status: { storedVersions: [name] } }
  await client.patch(CustomResourceDefinition, metadata, 'merge', patch, { subresource: 'status' })
}
