/** The kinds of this group and version. */
export { CronJob } from './cron-job.ts'
export { Job } from './job.ts'
