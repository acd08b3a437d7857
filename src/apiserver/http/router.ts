import type { HttpExchange } from '../../serving/exchange.ts'
import type { UserInfo } from '../authentication/authenticator.ts'

/** Who asks for a path that is no resource, and for which. */
interface PathContext {
  readonly user: UserInfo
  /** Without what says that the past is meant. */
  readonly path: string
}

/** Answers a path that is no resource, such as `/version` or `/openapi/v3`. */
export type PathHandler = (exchange: HttpExchange, context: PathContext) => void | Promise<void>

/** A path, and all below it where it ends with a slash. */
export interface Route {
  readonly path: string
  readonly handler: PathHandler
}

/** Finds the handler of a path: the path itself goes before any that it lies below, longer ones before shorter. */
export function router(routes: readonly Route[]): (path: string) => PathHandler | undefined {
  const exact = new Map(routes.map(({ path, handler }) => [path, handler]))
  const below = routes
    // Everything lies below the root, which stands for itself alone.
    .filter(({ path }) => path.endsWith('/') && path !== '/')
    .toSorted((a, b) => b.path.length - a.path.length)
  return (path) => exact.get(path) ?? below.find((route) => path.startsWith(route.path))?.handler
}
