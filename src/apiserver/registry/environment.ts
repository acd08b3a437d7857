import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Random } from '../../base/random.ts'
import type { Pause } from '../base/pace.ts'
import type { ResourceInfo } from '../../schema/resource.ts'
import type { Store } from '../../storage/store.ts'
import type { ValueTransformer } from '../../storage/transforming-store.ts'

/** What the registry works with. */
export interface RegistryEnvironment {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /**
   * Whether objects are frozen at every depth before they are shared. It costs as much as encoding them, so it is for
   * tests: what is handed out must not be changed either way.
   */
  readonly freeze: boolean
  /** Lets others have a turn in the middle of long work. */
  readonly pause?: Pause | undefined
  /** How the objects of a resource are kept, where not as they are: encryption at rest. */
  readonly transformerOf?: ((resource: ResourceInfo) => ValueTransformer | undefined) | undefined
}
