import { type NoticeTemplate, noticeTemplate } from '../core/notice-text.ts';
import ag from './ag.json' with { type: 'json' };
import coveredEntity from './covered_entity.json' with { type: 'json' };
import cra from './cra.json' with { type: 'json' };
import customerBank from './customer_bank.json' with { type: 'json' };
import federalAgency from './federal_agency.json' with { type: 'json' };
import individual from './individual.json' with { type: 'json' };
import media from './media.json' with { type: 'json' };
import operational from './operational.json' with { type: 'json' };
import regulator from './regulator.json' with { type: 'json' };

/** One template for each kind of recipient. */
export const templates: Record<NoticeTemplate['kind'], NoticeTemplate> = {
  individual: noticeTemplate.parse(individual),
  media: noticeTemplate.parse(media),
  federal_agency: noticeTemplate.parse(federalAgency),
  ag: noticeTemplate.parse(ag),
  regulator: noticeTemplate.parse(regulator),
  cra: noticeTemplate.parse(cra),
  covered_entity: noticeTemplate.parse(coveredEntity),
  customer_bank: noticeTemplate.parse(customerBank),
  operational: noticeTemplate.parse(operational),
};
