/** The kinds of this group and version. */
export { APIService } from './api-service.ts'
