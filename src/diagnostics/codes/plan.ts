// Codes SL7xx: title of each.

export const planCodes = {
  SL701: 'an assertion does not hold',
  SL702: 'an expectation does not hold',
  SL703: 'the plan is stale',
  SL704: 'not a saved plan',
  SL705: 'the network is called otherwise',
  SL706: 'the same network twice',
  SL707: 'the changes do not add up',
  SL708: 'the name of a network never changes',
  SL709: 'the policy is another one',
} as const;
