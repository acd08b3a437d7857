/** The kinds of this group and version. */
export { EndpointSlice } from './endpoint-slice.ts'
