/** The kinds of this group and version. */
export { HorizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts'
