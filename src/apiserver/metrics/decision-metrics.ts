import type { MetricSet } from '../../base/metrics.ts'
import type { CountDecisions } from '../authorization/authorizer-chain.ts'
import type { AuthorizationDecision } from '../authorization/authorizer.ts'

/** Counts the decisions of each authorizer, where it has an opinion. */
export function decisionMetrics(set: MetricSet): CountDecisions {
  const decisions = set.counter({
    name: 'apiserver_authorization_decisions_total',
    help: '[ALPHA] Total number of terminal decisions made by an authorizer split by authorizer type, name, and decision.',
    labels: ['type', 'name', 'decision'],
  })
  return (authorizer, type) => {
    const name = type === 'Webhook' ? authorizer.name : type.toLowerCase()
    // Looked up once: every request is counted here.
    const known: { [decision in 'allow' | 'deny']?: ReturnType<typeof decisions.with> } = {}
    const count = (answer: AuthorizationDecision): AuthorizationDecision => {
      const { decision } = answer
      if (decision === 'noOpinion') return answer
      known[decision] ??= decisions.with(type, name, decision === 'allow' ? 'allowed' : 'denied')
      known[decision].inc()
      return answer
    }
    return {
      name: authorizer.name,
      authorize(attributes) {
        const answer = authorizer.authorize(attributes)
        return answer instanceof Promise ? answer.then(count) : count(answer)
      },
    }
  }
}
