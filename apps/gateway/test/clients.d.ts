// The published clients bring no types, and what they answer is what the tests are about.
declare module 'iron_mq'
declare module 'iron_mq_v2'
declare module 'ironium'
declare module 'ironmq'
declare module 'node-ironio'
