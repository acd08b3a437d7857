import type { Row } from './row.ts'
import { START_ROWS } from './start-rows.ts'
import { REQUEST_ROWS } from './request-rows.ts'
import { WATCH_ROWS } from './watch-rows.ts'
import { ENCODING_ROWS } from './encoding-rows.ts'
import { FLOW_CONTROL_ROWS } from './flow-control-rows.ts'
import { AUTH_ROWS } from './auth-rows.ts'
import { CEL_ROWS } from './cel-rows.ts'
import { ADMISSION_ROWS } from './admission-rows.ts'
import { CUSTOM_RESOURCE_ROWS } from './custom-resource-rows.ts'
import { EMBEDDED_ROWS } from './embedded-rows.ts'
import { CONTROLLER_EVENT_ROWS } from './controller-event-rows.ts'
import { CONTROLLER_ROWS } from './controller-rows.ts'
import { SCHEDULER_ROWS } from './scheduler-rows.ts'
import { SIMULATION_ROWS } from './simulation-rows.ts'
import { STORE_ROWS } from './store-rows.ts'
import { GROWTH_ROWS } from './growth-rows.ts'
import { NODE_ROWS } from './node-rows.ts'
import { NETWORK_ROWS } from './network-rows.ts'
import { SOURCE_ROWS } from './source-rows.ts'

/** All rows, in the order in which they are run. */
export const ROWS: readonly Row[] = [
  ...START_ROWS,
  ...REQUEST_ROWS,
  ...WATCH_ROWS,
  ...ENCODING_ROWS,
  ...FLOW_CONTROL_ROWS,
  ...AUTH_ROWS,
  ...CEL_ROWS,
  ...ADMISSION_ROWS,
  ...CUSTOM_RESOURCE_ROWS,
  ...EMBEDDED_ROWS,
  ...CONTROLLER_ROWS,
  ...CONTROLLER_EVENT_ROWS,
  ...SCHEDULER_ROWS,
  ...SIMULATION_ROWS,
  ...STORE_ROWS,
  ...NODE_ROWS,
  ...NETWORK_ROWS,
  ...GROWTH_ROWS,
  ...SOURCE_ROWS,
]
