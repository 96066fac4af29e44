/** What would have left AWS: no simulated message ever reaches a recipient (DESIGN, invariant 13). */
export interface Outbox {
  published: PublishedMessage[];
  mailed: MailedMessage[];
  /** puts what SES tells about a message on the bus; absent: nobody listens */
  tells?: (event: Record<string, unknown>) => void;
}

export interface PublishedMessage {
  messageId: string;
  topicArn: string;
  subject?: string;
  message: string;
  attributes: Record<string, { DataType: string; StringValue: string }>;
  /** ISO 8601 instant */
  at: string;
}

export interface MailedMessage {
  messageId: string;
  from: string;
  to: string[];
  cc: string[];
  bcc: string[];
  subject: string;
  text?: string;
  html?: string;
  configurationSet?: string;
  /** of the configuration set that the message went through; undefined: opportunistic */
  tlsPolicy?: string;
  tags: Record<string, string>;
  /** ISO 8601 instant */
  at: string;
}
