import type { Target } from './target.ts'
import { BODIES } from './targets/bodies.ts'
import { CERTIFICATES } from './targets/certificates.node.ts'
import { FRAME_TARGETS } from './targets/frames.node.ts'
import { PATCHES } from './targets/patches.ts'
import { TEXTS } from './targets/texts.ts'

/** Everything that reads what a client sends. */
export const TARGETS: readonly Target[] = [
  ...BODIES,
  ...PATCHES,
  ...TEXTS,
  ...FRAME_TARGETS,
  ...CERTIFICATES,
]
