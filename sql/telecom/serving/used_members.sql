-- The members that facts name, once each, from what the jobs note of them: no fact is read.
CREATE OR REPLACE VIEW telecom.serving.used_members AS
SELECT entity, natural_key, member_sk FROM telecom.gold.call_members
UNION
SELECT entity, natural_key, member_sk FROM telecom.gold.sms_members
UNION
SELECT entity, natural_key, member_sk FROM telecom.gold.payment_members
UNION
SELECT entity, natural_key, member_sk FROM telecom.gold.recharge_members
UNION
SELECT entity, natural_key, member_sk FROM telecom.gold.support_members;
