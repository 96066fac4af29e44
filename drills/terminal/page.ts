export { Page, type Tone, wrap } from '../../bin/page.ts';
