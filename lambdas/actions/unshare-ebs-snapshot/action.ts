import { unshare } from '../../platform/sharing.ts';
import { ebsSnapshots } from '../../platform/sharing-apis.ts';

export default unshare(ebsSnapshots);
